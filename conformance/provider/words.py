"""Words by which pages and their controls are recognised, where names and types do not tell."""

import re

USERNAME = re.compile(r"user|login|e-?mail|account|benutzer|identifier|subject", re.I)
LOGOUT = re.compile(
    r"\b(log|sign)(ging|ging)?[\s_-]?(me |you )?(out|off)\b|logout|signout|abmelden|d[ée]connex|cerrar sesi[oó]n|"
    r"end[\s_-]?session|uitloggen|logga ut|esci",
    re.I,
)
YES = re.compile(
    r"\byes\b|\bja\b|\boui\b|\bs[ií]\b|confirm|continue|proceed|accept|allow|authori[sz]e|approve|"
    r"\bok\b|submit|weiter|best[äa]tigen|continuer|aceptar|^true$|^1$",
    re.I,
)
NO = re.compile(
    r"\bno\b|\bnein\b|\bnon\b|cancel|stay|keep|deny|decline|reject|abort|back\b|return|abbrechen|annuler|"
    r"cancelar|bleiben|^false$|^0$",
    re.I,
)
ERROR = re.compile(r"\berror\b|invalid|not allowed|forbidden|bad request|went wrong|oops|fehler|erreur", re.I)
SIGNED_OUT = re.compile(
    r"(logged|signed)[\s-]*(out|off)|logout (was )?success|not (logged|signed) in|no (active )?session|"
    r"abgemeldet|d[ée]connect[ée]|sign-out success",
    re.I,
)
