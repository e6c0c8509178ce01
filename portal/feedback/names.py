"""Names of senders as the public may see them."""


def mask(name: str) -> str:
    """The first letter and two stars: 张三丰 -> 张**, Anna -> A**; nothing for a name without a letter.

    The stars are always two, so that they do not tell how long the name is.
    """
    first = next((character for character in name if character.isalpha()), "")
    return first and f"{first}**"
