"""Pinyin: what letters may spell, how characters are read, and which syllables are taken for each other.

A syllable is written in the letters of a keyboard, without its tone, ü as u.
"""

import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import islice, product

# The second readings that words of today use. The others of the dictionaries are names, dialect and ancient:
# they would find only what nobody means.
_SECOND = """
    调tiao 给ji 行hang 长chang 没mo 重chong 还huan 的di 着zhuo 畜xu 了liao 藏zang 似si 露lou 泊bo 率shuai 塞se
    都du 辟bi 薄bo 勒le 模mu 弹tan 拓ta 乐yue 朝zhao 差chai 卡qia 厦xia 校jiao 便pian 曾ceng 参shen 单shan
    降xiang 强jiang 角jue 觉jiao 车ju 传zhuan 盛cheng 折she 削xue 落la 屏bing 载zai 吓xia 仔zi 囤tun 粘nian
    溺ni
"""
_OTHER = {pair[0]: pair[1:] for pair in _SECOND.split()}
# So many ways to read one word are enough.
SPELLINGS = 16

_TONES = dict.fromkeys(map(ord, "\u0300\u0301\u0304\u0306\u0308\u030c"))
_BREAKS = dict.fromkeys(map(ord, " \u3000'’‘ʼ＇"))
# Where a keyboard has no ü, v stands for it.
_V_FOR_U = re.compile("(?<=[lnjqxy])v")
# What speakers of many dialects do not tell apart: z and zh, c and ch, s and sh, n and l, -n and -ng.
_FLAT = re.compile("^([zcs])h?")
_NASAL = re.compile("([aei]n)g?$")


def letters(typed: str) -> str:
    """The bare letters of what may be pinyin (``Sūhéwān``, ``xi'an``, ``lv se``); empty when it is none."""
    bare = unicodedata.normalize("NFKD", typed).translate(_TONES).translate(_BREAKS).casefold()
    bare = _V_FOR_U.sub("u", bare)
    return bare if bare.isascii() and bare.isalpha() and "v" not in bare else ""


def readings(character: str) -> tuple[str, ...]:
    """The syllables as which a character is read, the usual one first; none when it is no Han character.

    Reads a table of pypinyin, which takes some 20 MB: meant for those who build, not for those who serve.
    """
    usual = letters(_table().get(ord(character), "").split(",")[0])
    return tuple(dict.fromkeys(filter(None, (usual, _OTHER.get(character)))))


@cache
def _table() -> dict[int, str]:
    # Its dictionary of phrases takes thrice the time and memory of all the rest.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin.constants import PINYIN_DICT

    table: dict[int, str] = PINYIN_DICT
    return table


def spellings(syllables: Iterable[Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """The ways to read a word whose characters have these readings, the usual ones first."""
    return islice(product(*syllables), SPELLINGS)


@lru_cache(maxsize=1024)
def alike(syllable: str) -> tuple[str, ...]:
    """The syllables that are taken for this one (some of which do not exist), without itself."""
    initials = {syllable}
    if flat := _FLAT.match(syllable):
        initials = {_FLAT.sub(flat[1], syllable), _FLAT.sub(flat[1] + "h", syllable)}
    elif syllable[0] in "nl":
        initials = {"n" + syllable[1:], "l" + syllable[1:]}
    both = {_NASAL.sub(r"\1" + ending, one) for one in initials for ending in ("", "g")}
    return tuple(sorted(both - {syllable}))
