"""How a plan is cited: GB/T 7714-2015, 4.6, electronic resources.

``责任者. 题名: 其他题名信息[EB/OL]. (更新或修改日期)[引用日期]. 获取和访问路径.``

A chapter stands as the further part of the title, as the name of a volume does (8.2.2). Who is responsible
is left out when nobody is named (8.1.2, references in the order of citing), and so is an unknown day.
"""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Citation:
    """A reference in three parts; the day on which the source was looked at comes after the second.

    ``day`` is that of issue or change, in brackets; it may be empty.
    """

    title: str
    day: str
    address: str

    def on(self, looked_at: date) -> str:
        """The whole reference, as looked at on a day."""
        return f"{self.title}{self.day}[{looked_at.isoformat()}]{self.address}"


def cite(author: str, title: str, part: str, issued_or_changed: date | None, address: str) -> Citation:
    """The reference of a plan, or of one part of it; ``author`` and ``part`` may be empty."""
    names = [name.strip().rstrip("。.") for name in (title, part) if name.strip()]
    who = author.strip().rstrip("。.")
    day = f"({issued_or_changed.isoformat()})" if issued_or_changed else ""
    return Citation((f"{who}. " if who else "") + f"{': '.join(names)}[EB/OL]. ", day, f". {address}.")
