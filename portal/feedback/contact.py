"""A visitor's e-mail address or telephone number, read tolerantly; what was typed is what is kept."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
# A mobile, a landline with and without area code, a service number such as 12345, a number abroad.
TELEPHONE = re.compile(r"1[3-9]\d{9}|0\d{9,11}|[2-9]\d{6,7}|[49]00\d{7}|1\d{4}|\+(?!86)\d{7,15}")


def is_contact(text: str) -> bool:
    """Whether someone can be reached by it: an e-mail address, of whatever domain, or a telephone number."""
    text = unicodedata.normalize("NFKC", text).strip()
    return bool(ADDRESS.fullmatch(text) or telephone(text))


def mail_address(contact: str) -> str | None:
    """The e-mail address to write to, full-width letters narrowed; None when it is not one."""
    text = unicodedata.normalize("NFKC", contact).strip()
    try:
        # Whether mail arrives is the mail server's to say, so nothing is looked up.
        found = validate_email(text, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError:
        return None
    return found.ascii_email


def telephone(contact: str) -> str | None:
    """The number to call, without spaces, hyphens, brackets and +86; None when it is not one."""
    text = re.sub(r"[\s()\-‐‑–—.·]", "", unicodedata.normalize("NFKC", contact))
    # Abroad, the 0 of an area code is left out after +86.
    text = re.sub(r"^(?:\+86|0086)(?=1[3-9]|0|400|800)", "", text)
    text = re.sub(r"^(?:\+86|0086)", "0", text)
    text = re.sub(r"^(0\d{9,11}|[2-9]\d{6,7})(转|#|x|ext)\d{1,6}$", r"\1", text, flags=re.IGNORECASE)
    return text if text.isascii() and TELEPHONE.fullmatch(text) else None
