from portal.filters import dialled, quoted, titled, unbroken


def test_counts_stay_on_one_line() -> None:
    assert unbroken("“<b>”共12条结果（第1页）") == (
        '“&lt;b&gt;”<span class="nowrap">共12条</span>结果（<span class="nowrap">第1页</span>）'
    )
    assert unbroken("<搜索>") == "&lt;搜索&gt;"
    assert '<span class="nowrap">3个工作日</span>' in unbroken("我们会在3个工作日内处理")


def test_names_within_names_have_single_marks() -> None:
    assert quoted("十四五") == "“十四五”"
    assert quoted('“十四五”规划和"AI"') == "“‘十四五’规划和‘AI’”"
    assert quoted('5"屏“') == '“5"屏“”'
    assert titled("关于印发《规划》的通知") == "《关于印发〈规划〉的通知》"


def test_telephones_dial() -> None:
    assert dialled("021 1234 5678") == "02112345678"
    assert dialled("021-12345678转8001") == "021-12345678;ext=8001"
    assert dialled("12345（总机）") == "12345"
