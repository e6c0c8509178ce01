"""Slips undone, pinyin read, words completed: measured on real plans, with slips that are made here."""

import gc
import json
import random
import re
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence

import pypinyin
import pytest
import rjieba
from hypothesis import given
from hypothesis import strategies as st

from portal.search.analysis import squeeze
from portal.search.corrections import QUESTIONS, Corrections
from portal.search.suggestions import BEGINNINGS, completed, corrected, spelled
from portal.search.vocabulary import Vocabulary, collect, common_characters
from tests.search.samples import ROOT, sample

PLAN = ROOT / "seeds" / "2023-work-plan.txt"
OTHERS = ROOT.parent / "shared" / "samples" / "plans"
SITE = ["苏河湾", "静邻", "一网通办", "一网统管", "151项目", "科创", "静安"]
# Forms that people take for each other, as schoolbooks and proofreaders list them.
NEAR_FORMS = """
    未末 己已 己巳 已巳 土士 人入 人八 日曰 贷货 拔拨 折拆 徽微 候侯 钧钓 晴睛 情清 请情 清请 干千 于干
    天夫 大太 大犬 太犬 木本 王玉 王主 玉主 田由 由甲 申甲 今令 历厉 厂广 刀刃 鸟乌 免兔 兵乒 戊戌 戌戍
    析折 析拆 板版 仓仑 沧沦 抢抡 风凤 侧测 测则 设没 住往 住注 注往 根跟 很狠 恨根 理埋 茶荼 孤狐 爪瓜
    哀衰 衷衰 遣遗 券卷 挂桂 扛杠 稍梢 销消 幅副 福幅 喝渴 辨辩 辩瓣 摸模 模漠 暮幕 墓幕 募慕 蓝篮 竟竞
    既即 概慨 低底 抵低 缓援 暖缓 源原 绿录 储诸 账胀 帐账 震振 拣练 坐座 作昨 块快 决快 环坏 怀坏 杯坏
    沿治 冶治 治始 枯姑 固因 困因 团困 园圆 徒徙 部陪 培倍 传转 值植 直真 宜宣 官宫 官馆 管馆 师帅 弊蔽
    构购 沟构 内肉 特持 待持 侍待 便使 更便 建健 健键 庭廷 提题 堤提 杨扬 场扬 场肠 汤场 栏拦 护沪 亡忘
    忙忘 极级 吸级 径经 轻经 适话 活话 运远 违围 伟违 休体 例列 烈列 效较 校较 校效 科料 创抢 划刘 技枝
    析新 城诚 诚成
"""


class Site:
    """A vocabulary with the texts that it comes from."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.vocabulary = Vocabulary(
            [json.loads(json.dumps(collect(texts, SITE, common_characters())))], SITE
        )
        self.text = "\n".join(map(squeeze, texts))
        self.words: set[str] = set()
        self.phrases: set[str] = set()
        for text in texts:
            tokens = rjieba.cut(text)
            self.words.update(token for token in tokens if re.fullmatch("[一-鿿]{2,5}", token))
            for start in range(len(tokens)):
                self.phrases.update(_phrases(tokens[start : start + 6]))

    def count(self, word: str) -> int:
        return self.text.count(word)

    def corrected(self, *typed: str) -> str | None:
        words = corrected(typed, self.vocabulary, self.count)
        return None if words is None else "".join(words)


def _phrases(tokens: Sequence[str]) -> Iterator[str]:
    """Phrases of 4 to 8 characters that begin with the first word."""
    phrase = tokens[0]
    for token in tokens[1:]:
        phrase += token
        if re.fullmatch("[一-鿿]{4,8}", phrase):
            yield phrase


def _homophones() -> dict[str, str]:
    """The 3,755 characters of the first level of GB 2312, with those that sound the same."""
    codes = (bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF))
    rows: dict[str, str] = defaultdict(str)
    for character in "".join(code.decode("gb2312", "ignore") for code in codes):
        rows["".join(pypinyin.lazy_pinyin(character))] += character
    return {one: row.replace(one, "") for row in rows.values() for one in row}


def _near_forms() -> dict[str, str]:
    rows: dict[str, str] = defaultdict(str)
    for one, other in NEAR_FORMS.split():
        rows[one] += other
        rows[other] += one
    return rows


@pytest.fixture(scope="module")
def plan() -> Site:
    return Site(PLAN.read_text(encoding="utf-8").splitlines())


@pytest.fixture(scope="module")
def small() -> Site:
    return Site(["推动科技创新，苏河湾的一网通办。", "苏河湾的科创企业用AI与5G。"])


@pytest.fixture(scope="module")
def others() -> Site:
    """The plans of other offices."""
    if not OTHERS.is_dir():
        pytest.skip(f"{OTHERS} is not here")
    paths = sorted([*OTHERS.glob("*.txt"), *OTHERS.glob("*.md")])
    return Site([line for path in paths for line in path.read_text(encoding="utf-8").splitlines()])


def restored(site: Site, pool: set[str], slips: dict[str, str], number: int = 200) -> float:
    """The share of words with one wrong character, which stand nowhere, that are restored."""
    chance = random.Random(number)
    words = sorted(word for word in pool if any(slips.get(character) for character in word))
    right = made = 0
    while made < number:
        word = chance.choice(words)
        at = chance.choice([at for at, character in enumerate(word) if slips.get(character)])
        typed = word[:at] + chance.choice(slips[word[at]]) + word[at + 1 :]
        if not site.count(typed):
            made += 1
            right += site.corrected(typed) == word
    return right / number


@pytest.mark.parametrize("name", ["plan", "others"])
@pytest.mark.parametrize(
    ("pool", "slips", "least"),
    [
        ("words", _homophones, 0.95),
        ("phrases", _homophones, 0.95),
        ("words", _near_forms, 0.9),
        ("phrases", _near_forms, 0.9),
    ],
)
def test_most_slips_are_undone(
    name: str, pool: str, slips: Callable[[], dict[str, str]], least: float, request: pytest.FixtureRequest
) -> None:
    site: Site = request.getfixturevalue(name)
    share = restored(site, getattr(site, pool), slips())
    assert share >= least


@pytest.mark.parametrize("name", ["plan", "others"])
def test_right_words_are_left_alone(name: str, request: pytest.FixtureRequest) -> None:
    site: Site = request.getfixturevalue(name)
    chance = random.Random(name)
    for word in chance.sample(sorted(site.words | site.phrases), 500):
        assert site.corrected(word) is None
    for _ in range(250):
        one, other = chance.sample(sorted(site.words), 2)
        assert site.corrected(one, other) is None
        assert site.corrected(one + other) is None  # though no text has them side by side


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (["科枝"], ["科技"]),  # one character that looks alike
        (["客创"], ["科创"]),  # one that sounds alike
        (["静暗"], ["静安"]),
        (["人工自能"], ["人工智能"]),  # nearly alike: zi, zhi
        (["刻祭"], ["科技"]),  # both sound alike
        (["创科"], ["科创"]),  # swapped
        (["苏湾"], ["苏河湾"]),  # missing
        (["人工智慧能"], ["人工智能"]),  # superfluous
        (["一网开办"], ["一网通办"]),  # any other
        (["151向目"], ["151项目"]),
        (["静安", "人工自能", "企业"], ["静安", "人工智能", "企业"]),
        (["静安人工自能企业"], ["静安", "人工智能", "企业"]),
        (["推动科创洞能增强"], ["推动科创动能增强"]),
    ],
)
def test_what_was_meant(plan: Site, typed: list[str], meant: list[str]) -> None:
    plan_text = plan.text + "\n一网通办\n151项目"
    assert corrected(typed, plan.vocabulary, plan_text.count) == meant


@pytest.mark.parametrize(
    "typed",
    [
        [],
        ["静安"],
        ["鑫"],
        ["152项目"],
        ["2024年"],
        ["b2b"],
        ["科"],
        ["囧囧囧囧"],
        ["魑魅魍魉饕餮"],
        ["hello"],
        ["齉" * 900],
        ["科枝", "客创", "刻祭", "静暗"],
        ["科枝", "囧囧囧囧"],
    ],
)
def test_nothing_that_does_not_convince(plan: Site, typed: list[str]) -> None:
    assert corrected(typed, plan.vocabulary, plan.count) is None


@given(st.lists(st.text("科技创新苏河湾的一网ai5枝刻办通", min_size=1, max_size=12), max_size=6))
def test_a_correction_changes_only_what_stands_nowhere(small: Site, words: list[str]) -> None:
    found = corrected(words, small.vocabulary, small.count)
    if found is not None:
        assert found != words
        assert all(small.count(squeeze(word)) for word in found)
        left = map(squeeze, found)
        assert all(word in left for word in words if small.count(word))  # and in this order


def test_two_neighbours_of_the_longest_word_are_swapped_back(plan: Site) -> None:
    longest = max(sorted(plan.words), key=len)
    assert len(longest) > 3  # which is a phrase too
    swapped = longest[0] + longest[2] + longest[1] + longest[3:]
    assert not plan.count(swapped)
    assert plan.corrected(swapped) == longest


def test_what_is_not_looked_for_would_not_be_found(plan: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words in a row, one of them with a wrong character, are as well corrected without a look ahead."""
    chance = random.Random(7)
    words, characters = sorted(plan.words), sorted(plan.vocabulary.characters)
    slips = _homophones()
    typed = []
    for number in range(600):
        row = list("".join(chance.choices(words, k=chance.randint(2, 5))))
        at = chance.randrange(len(row))
        row[at] = chance.choice(characters if number % 3 == 0 else slips.get(row[at]) or characters)
        typed.append("".join(row))
    found = [plan.corrected(word) for word in typed]
    monkeypatch.setattr(Corrections, "_may_be_pieces", lambda *_: True)
    phrase = Corrections._phrase
    monkeypatch.setattr(Corrections, "_phrase", lambda self, word, _: phrase(self, word, ()))
    assert found == [plan.corrected(word) for word in typed]
    assert sum(map(bool, found)) > 100


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("suhewan", "苏河湾"),
        ("su he wan", "苏河湾"),
        ("Sūhéwān", "苏河湾"),
        ("shw", "苏河湾"),
        ("suhew", "苏河湾"),
        ("kechuang", "科创"),
        ("kc", "科创"),
        ("jingan", "静安"),
        ("jing'an", "静安"),
        ("rgzn", "人工智能"),
        ("rengongzhineng", "人工智能"),
        ("kejichuangxin", "科技创新"),
        ("kjcx", "科技创新"),
        ("tuidongkechuangdongneng", "推动科创动能"),
    ],
)
def test_pinyin_is_read(plan: Site, typed: str, word: str) -> None:
    assert spelled(typed, plan.vocabulary, plan.count)[0] == word


def test_pinyin_of_a_word_of_the_site_that_only_other_texts_have(plan: Site) -> None:
    assert spelled("yiwangtongban", plan.vocabulary, "一网通办".count) == ("一网通办",)
    assert spelled("yiwangtongguan", plan.vocabulary, "一网通办".count) == ()


@pytest.mark.parametrize(
    "typed", ["", "s", "苏河湾", "shw1", "hello", "qqqq", "keji!", "zei", "a" * 1000, "zh" * 20, "shi" * 13]
)
def test_no_pinyin_of_anything(plan: Site, typed: str) -> None:
    assert spelled(typed, plan.vocabulary, plan.count) == ()


@pytest.mark.parametrize(
    ("syllable", "characters", "first"),
    [
        ("ke", "科可客课刻", "科技"),
        ("qu", "区去取趋渠曲驱", "区域"),
        ("fa", "发法方", "发展"),
        ("an", "安案按", "安全"),
    ],
)
def test_a_syllable_stands_for_words_that_begin_so(
    plan: Site, syllable: str, characters: str, first: str
) -> None:
    found = spelled(syllable, plan.vocabulary, plan.count)
    assert first in found
    assert 2 < len(found) <= 6
    assert all(word[0] in characters for word in found)


def test_words_by_their_initials_stand_beside_those_that_begin_with_the_syllable() -> None:
    texts = ["公安备案", "发展方案，方案，方案", "空传，空传"]
    vocabulary = Vocabulary([collect(texts, (), common_characters())])
    count = squeeze("".join(texts)).count
    assert spelled("fa", vocabulary, count) == ("方案", "发展")
    assert spelled("kc", vocabulary, count) == ("空传",)


def test_nothing_is_asked_where_there_is_no_room() -> None:
    """Of the beginnings that may be put together as many are looked for as are kept, and no more."""
    words = [one + other for one in "士世事市" for other in "计技纪季"]
    vocabulary = Vocabulary([collect(["，".join(words)] * 2, words, common_characters())], words)
    asked: list[str] = []

    def count(word: str) -> int:
        asked.append(word)
        return len(word) < 6

    assert spelled("shijishijishiji", vocabulary, count) == ()
    assert len([word for word in asked if len(word) == 4]) == BEGINNINGS


def test_a_vocabulary_is_gone_with_what_was_worked_out_for_it() -> None:
    texts = ["推动科技创新，科技。"]
    vocabulary = Vocabulary([collect(texts, (), common_characters())])
    assert corrected(["科枝"], vocabulary, texts[0].count) == ["科技"]
    assert vocabulary.taken_for
    gone = weakref.ref(vocabulary)
    gc.disable()
    try:
        del vocabulary
        assert gone() is None
    finally:
        gc.enable()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("科", ("科创", "科技", "科技创新")),
        ("苏河", ("苏河湾",)),
        ("suhe", ("苏河湾",)),
        ("shw", ("苏河湾",)),
        ("s", ("苏河湾",)),
        ("科ji", ("科技", "科技创新")),
        ("科jc", ("科技创新",)),
        ("数字hzx", ("数字化转型",)),
        ("人gzn", ("人工智能",)),
        ("KEJI", ("科技", "科技创新")),
    ],
)
def test_words_are_completed(plan: Site, typed: str, words: tuple[str, ...]) -> None:
    assert completed(typed, plan.vocabulary, plan.count, 8)[: len(words)] == words


@pytest.mark.parametrize("typed", ["", "，", "　", "苏河湾功能区域外", "zzzz", "科zzz", "二网", "\x00"])
def test_nothing_to_complete(plan: Site, typed: str) -> None:
    assert completed(typed, plan.vocabulary, plan.count, 8) == ()


@given(st.text("科技s苏河hew湾一网'ü ", max_size=8), st.integers(0, 10))
def test_whatever_is_offered_stands_somewhere(plan: Site, typed: str, limit: int) -> None:
    offered = completed(typed, plan.vocabulary, plan.count, limit)
    assert len(offered) <= limit
    assert len(set(offered)) == len(offered)
    assert all(plan.count(squeeze(word)) for word in (*offered, *spelled(typed, plan.vocabulary, plan.count)))


def test_words_with_letters_are_shown_as_they_are_written() -> None:
    texts = ["发展AI技术和5G网络。", "AI技术，5G网络。", "AI。"]
    vocabulary = Vocabulary([collect(texts, (), common_characters())])
    text = squeeze("".join(texts))
    assert completed("a", vocabulary, text.count, 5) == ("AI", "AI技术")
    assert completed("5", vocabulary, text.count, 5) == ("5G", "5G网络")


def test_a_large_site_is_not_asked_too_much() -> None:
    """No query takes long, and none asks the index more than a few hundred times."""
    texts = [passage.text for passage in sample(2000)]
    vocabulary = Vocabulary([collect(texts, SITE, common_characters())], SITE)
    text = "\n".join(map(squeeze, texts))
    known = {text[at : at + length] for at in range(len(text)) for length in (2, 3, 4)}
    chance = random.Random(2000)
    words, characters = sorted(vocabulary.words), sorted(_homophones())
    asked = 0

    def count(word: str) -> int:
        nonlocal asked
        asked += 1
        return int(word[:4] in known and word[-4:] in known)

    corrected(["科枝"], vocabulary, count)  # the tables are made at first need
    for typed in _hard(chance, words, characters):
        asked, started = 0, time.process_time()
        corrected(typed, vocabulary, count)
        spelled("".join(chance.choices("zhgnaishe", k=40)), vocabulary, count)
        completed(chance.choice("shzjxy"), vocabulary, count, 8)
        assert time.process_time() - started < 0.2  # 0.03 on a quiet machine
        assert asked < 3 * QUESTIONS


def _hard(chance: random.Random, words: list[str], characters: list[str]) -> Iterator[list[str]]:
    """Nonsense of every length, and long words with one wrong character."""
    for length in (2, 3, 4, 6, 12, 20, 900):
        yield ["".join(chance.choices(characters, k=length)) for _ in range(3)]
    yield ["".join(chance.choices(characters, k=3)) for _ in range(200)]
    for number in (2, 3, 4, 5) * 5:
        phrase = list("".join(chance.choices(words, k=number)))
        phrase[chance.randrange(len(phrase))] = chance.choice(characters)
        yield ["".join(phrase)]
