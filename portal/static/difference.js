// Shows what changes while one types: window.portal.compare and window.portal.showDifference follow the rules of
// portal/plans/aligning.py and make the marks of templates/differences.html. Change them together.
(function () {
  "use strict";
  var PAIR = "[\\uD800-\\uDBFF][\\uDC00-\\uDFFF]";
  var TOKEN = new RegExp([
    "《[^《》\\n]{1,100}》",
    "[0-9]{4}年(?:[0-9]{1,2}月(?:[0-9]{1,2}日)?)?|[0-9]{1,2}月[0-9]{1,2}日",
    "[〇零一二三四五六七八九]{4}年(?:[一二三四五六七八九十]{1,3}月(?:[一二三四五六七八九十]{1,3}日)?)?",
    "[〇零一二三四五六七八九十百千万亿]{2,}",
    "(?:[0-9]+(?:,[0-9]{3})+|[A-Za-z0-9À-ɏ]+)(?:[.:/@_'’&+-][A-Za-z0-9À-ɏ]+)*[%‰℃]?",
    "——|……",
    PAIR,
    "[\\s\\S]"
  ].join("|"), "g");
  var ENDS = "。！？；!?;\n";
  var OPENING = "（《“‘〈「『【〔［(";
  var REWRITTEN = 4;
  // Longer texts are compared at their ends alone.
  var COMPARED = 400;
  // As in portal/plans/marks.py.
  var FULL = "，逗号 、顿号 。句号 ；分号 ：冒号 ？问号 ！感叹号 “左双引号 ”右双引号 ‘左单引号 ’右单引号"
    + " （左括号 ）右括号 《左书名号 》右书名号 〈左单书名号 〉右单书名号 【左方头括号 】右方头括号"
    + " 〔左六角括号 〕右六角括号 ［左方括号 ］右方括号 「左直角引号 」右直角引号 『左双直角引号 』右双直角引号"
    + " —一字线 －短横线 –半字线 …半个省略号 ·间隔号 •圆点 ．句点 ／斜线 ＼反斜线 ｜竖线 ～波浪线 ＋加号"
    + " ＝等号 ＜小于号 ＞大于号 ＂双引号 ＇单引号 ＿下划线 ＃井号 ＊星号 ＆和号 ％百分号";
  var HALF = ",逗号 .句点 ;分号 :冒号 ?问号 !感叹号 \"双引号 '单引号 (左括号 )右括号 [左方括号 ]右方括号 -短横线"
    + " /斜线 \\反斜线 |竖线 ~波浪线 +加号 =等号 <小于号 >大于号 _下划线 #井号 *星号 &和号 %百分号";
  var NAMES = table(FULL);
  var HALF_NAMES = table(HALF);
  NAMES["——"] = "破折号";
  NAMES["……"] = "省略号";
  NAMES[" "] = "空格";
  NAMES["\u3000"] = "全角空格";
  NAMES["\u00a0"] = "不换行空格";
  NAMES["\t"] = "制表符";
  NAMES["\n"] = "换行";
  ["\u200b", "\u200c", "\u200d", "\u2060", "\ufeff"].forEach(function (mark) {
    NAMES[mark] = "不可见字符";
  });

  function table(listed) {
    var names = Object.create(null);
    listed.split(" ").forEach(function (item) {
      names[item.charAt(0)] = item.slice(1);
    });
    return names;
  }

  function isMark(token) {
    return token in NAMES || token in HALF_NAMES;
  }

  function length(tokens) {
    return tokens.join("").replace(new RegExp(PAIR, "g"), "_").length;
  }

  function tokens(text, other) {
    var found = [];
    (text.match(TOKEN) || []).forEach(function (token) {
      var name = token.slice(1, -1);
      // A name that is put between marks, or freed of them, is the same name.
      if (name && token.charAt(0) === "《" && other.indexOf(name) >= 0 && other.indexOf(token) < 0) {
        found = found.concat("《", tokens(name, ""), "》");
      } else {
        found.push(token);
      }
    });
    return found;
  }

  // The length of the longest common subsequence of every two beginnings.
  function lengths(before, after) {
    var rows = [[0].concat(before.map(function () {
      return 0;
    }))];
    after.forEach(function (token, row) {
      var last = rows[row];
      var next = [0];
      before.forEach(function (old, at) {
        next.push(token === old ? last[at] + 1 : Math.max(next[at], last[at + 1]));
      });
      rows.push(next);
    });
    return rows;
  }

  // What to do in turn, from the end: where there is a choice, as rapidfuzz chooses.
  function matched(before, after) {
    if (before.length > COMPARED || after.length > COMPARED) {
      return before.map(deletion).concat(after.map(insertion));
    }
    var rows = lengths(before, after);
    var at = before.length;
    var row = after.length;
    var done = [];
    while (at && row) {
      if (rows[row][at] === rows[row][at - 1]) {
        done.push(deletion(before[--at]));
      } else if (row > 1 && rows[row - 1][at] > rows[row - 1][at - 1]) {
        done.push(insertion(after[--row]));
      } else {
        done.push(equality(before[--at]));
        row -= 1;
      }
    }
    return before.slice(0, at).map(deletion).concat(after.slice(0, row).map(insertion), done.reverse());
  }

  function deletion(token) {
    return { kind: "delete", token: token };
  }

  function insertion(token) {
    return { kind: "insert", token: token };
  }

  function equality(token) {
    return { kind: "equal", token: token };
  }

  function aligned(before, after) {
    var start = 0;
    var end = 0;
    var most = Math.min(before.length, after.length);
    while (start < most && before[start] === after[start]) {
      start += 1;
    }
    while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) {
      end += 1;
    }
    return before.slice(0, start).map(equality).concat(
      matched(before.slice(start, before.length - end), after.slice(start, after.length - end)),
      before.slice(before.length - end).map(equality)
    );
  }

  function step() {
    return { equal: [], delete: [], insert: [] };
  }

  function changed(one) {
    return one.delete.length > 0 || one.insert.length > 0;
  }

  function size(one) {
    return Math.max(length(one.delete), length(one.insert));
  }

  function onlyMarks(one) {
    return one.delete.concat(one.insert).every(isMark);
  }

  function steps(before, after) {
    var made = [step()];
    aligned(before, after).forEach(function (part) {
      if (part.kind === "equal" && changed(made[made.length - 1])) {
        made.push(step());
      }
      made[made.length - 1][part.kind].push(part.token);
    });
    return made;
  }

  function isLost(last, next) {
    var kept = length(next.equal);
    if (kept * REWRITTEN <= Math.min(size(last), size(next))) {
      return true;
    }
    return kept < 2 && !(isMark(next.equal[0]) || onlyMarks(last) || onlyMarks(next));
  }

  function merged(made) {
    var kept = [made[0]];
    made.slice(1).forEach(function (next) {
      var last = kept[kept.length - 1];
      if (changed(next) && isLost(last, next)) {
        last.delete = last.delete.concat(next.equal, next.delete);
        last.insert = last.insert.concat(next.equal, next.insert);
      } else {
        kept.push(next);
      }
    });
    if (changed(kept[kept.length - 1])) {
      kept.push(step());
    }
    return kept;
  }

  function trim(one, following) {
    while (one.delete.length && one.insert.length && one.delete[0] === one.insert[0]) {
      one.equal.push(one.delete.shift());
      one.insert.shift();
    }
    while (one.delete.length && one.insert.length
      && one.delete[one.delete.length - 1] === one.insert[one.insert.length - 1]) {
      following.equal.unshift(one.delete.pop());
      one.insert.pop();
    }
  }

  function edge(line, at) {
    if (at === 0 || at === line.length || ENDS.indexOf(line[at - 1]) >= 0) {
      return 2;
    }
    var afterMark = isMark(line[at - 1]) && OPENING.indexOf(line[at - 1]) < 0;
    return afterMark || OPENING.indexOf(line[at]) >= 0 ? 1 : 0;
  }

  // Of the places where the same stretch could be put in or left out, the one between words.
  function slide(one, following, first) {
    if ((one.delete.length > 0) === (one.insert.length > 0)) {
      return;
    }
    var kind = one.delete.length ? "delete" : "insert";
    var many = one[kind].length;
    var line = one.equal.concat(one[kind], following.equal);
    var from = one.equal.length;
    var to = from;
    var least = first ? 0 : 2;
    var most = from + following.equal.length - (changed(following) ? 2 : 0);
    while (from > least && line[from - 1] === line[from + many - 1]) {
      from -= 1;
    }
    while (to < most && line[to] === line[to + many]) {
      to += 1;
    }
    var best = from;
    for (var at = from; at <= to; at += 1) {
      if (edge(line, at) + edge(line, at + many) >= edge(line, best) + edge(line, best + many)) {
        best = at;
      }
    }
    one.equal = line.slice(0, best);
    one[kind] = line.slice(best, best + many);
    following.equal = line.slice(best + many);
  }

  function names(marks, others) {
    var known = [];
    marks.forEach(function (mark) {
      var twin = others.some(function (other) {
        return HALF_NAMES[other] && HALF_NAMES[other] === NAMES[mark];
      });
      var name = mark in HALF_NAMES ? "半角" + HALF_NAMES[mark] : (twin ? "全角" : "") + NAMES[mark];
      if (known.indexOf(name) < 0) {
        known.push(name);
      }
    });
    return known.join("和");
  }

  function noteOn(one) {
    if (!changed(one) || !onlyMarks(one)) {
      return "";
    }
    var old = names(one.delete, one.insert);
    var now = names(one.insert, one.delete);
    return old && now ? old + "改为" + now : old ? "删去" + old : "增加" + now;
  }

  // The pieces in order: kind ("equal", "delete", "insert"), text, and the note that names a change in punctuation.
  function compare(before, after) {
    var made = merged(steps(tokens(before, after), tokens(after, before)));
    made.slice(0, -1).forEach(function (one, at) {
      trim(one, made[at + 1]);
    });
    made.slice(0, -1).forEach(function (one, at) {
      slide(one, made[at + 1], at === 0);
    });
    var pieces = [];
    made.forEach(function (one) {
      ["equal", "delete", "insert"].forEach(function (kind) {
        if (one[kind].length) {
          pieces.push({ kind: kind, text: one[kind].join(""), note: kind === "equal" ? "" : noteOn(one) });
        }
      });
    });
    return pieces;
  }

  function element(name, className, text) {
    var made = document.createElement(name);
    if (className) {
      made.className = className;
    }
    made.textContent = text || "";
    return made;
  }

  function mark(piece) {
    var deleted = piece.kind === "delete";
    var word = deleted ? "删除" : "增加";
    var made = element(deleted ? "del" : "ins", piece.note && "difference__mark");
    var tag = element("b", "", deleted ? "删" : "增");
    tag.setAttribute("aria-hidden", "true");
    made.appendChild(element("span", "visually-hidden", word + "："));
    made.appendChild(tag);
    made.appendChild(document.createTextNode(piece.text));
    made.appendChild(element("span", "visually-hidden", "（" + word + "完）"));
    return made;
  }

  // Fills an element that stands for the macro's.
  function showDifference(shown, before, after) {
    var pieces = compare(before, after);
    shown.classList.add("difference");
    shown.textContent = "";
    pieces.forEach(function (piece, at) {
      var next = pieces[at + 1];
      shown.appendChild(piece.kind === "equal" ? document.createTextNode(piece.text) : mark(piece));
      if (piece.note && !(next && next.kind === "insert")) {
        shown.appendChild(element("small", "", "（" + piece.note + "）"));
      }
    });
  }

  window.portal = window.portal || {};
  window.portal.compare = compare;
  window.portal.showDifference = showDifference;
})();
