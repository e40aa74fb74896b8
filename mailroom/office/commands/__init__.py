"""Commands by mail, carried out: what each verb does, what it answers, and what it is about.

`rules/commands/` reads them; here they happen, inside the transaction of the mail that gave them.
"""
