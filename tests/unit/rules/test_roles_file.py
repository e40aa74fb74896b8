import pytest

from mailroom.rules.lines import parse_lines
from mailroom.rules.roles_file import Role, names, prove_roles, read_roles_file
from mailroom.rules.vocabulary import ROLES
from tests.unit.rules.conftest import shipped

pytestmark = pytest.mark.fast


def test_a_role_is_what_it_means_and_may():
    roles, faults = read_roles_file(parse_lines("Role: Night desk\nMeans: sits up\nMay: NOTE; Was sent\n", "x"), "x")

    assert faults == []
    assert roles == {"night_desk": Role("night_desk", "sits up", ("note", "was sent"), 3)}
    assert prove_roles(roles, (), "x") == []


def test_a_role_may_be_called_as_rules_call_it():
    roles, _ = read_roles_file(parse_lines("Role: vetting unit\nRole: chief-inspector\nRole: HS\n", "x"), "x")

    assert set(roles) == {"vetting", "chief_inspector", "health_and_safety"}


def test_an_office_has_the_roles_of_every_office_and_its_own():
    assert names(None) == ROLES
    assert names(b"Role: night desk\nMeans: sits up\n") == ROLES | {"night_desk"}
    assert names(b"Rloe: night desk\n\x00") == ROLES


def test_the_shipped_file_tells_of_every_role_there_is():
    assert set(shipped().roles) == ROLES
    assert all(role.means and not role.may for role in shipped().roles.values())
