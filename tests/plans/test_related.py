from portal.plans.related import Corpus

SECTIONS = [
    ("港口", "推进港口码头建设，提升集装箱吞吐能力，完善港口集疏运体系。"),
    ("航运", "发展港口航运服务，建设集装箱码头。"),
    ("教育", "办好义务教育，扩大学前教育学位供给，建设智慧学校。"),
    ("学校", "新建学校，增加义务教育学位。"),
    ("单字", "水"),
]


def test_the_nearest_are_about_the_same() -> None:
    corpus = Corpus(SECTIONS)
    assert corpus.nearest(["港口"], 1) == ["航运"]
    assert corpus.nearest(["教育"], 1) == ["学校"]


def test_never_itself_and_nothing_by_chance() -> None:
    corpus = Corpus(SECTIONS)
    assert "港口" not in corpus.nearest(["港口", "航运"], 9)
    assert "教育" not in corpus.nearest(["港口"], 9)
    assert corpus.nearest(["单字"], 9) == []
    assert corpus.nearest(["没有"], 9) == []


def test_the_answer_is_stable() -> None:
    assert Corpus(SECTIONS).nearest(["港口", "教育"], 3) == Corpus(SECTIONS).nearest(["港口", "教育"], 3)


def test_an_empty_corpus_answers() -> None:
    assert Corpus[str]([]).nearest(["x"], 3) == []
