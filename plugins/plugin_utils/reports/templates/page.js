/*
Copyright: (c) 2026, the auditops.trail contributors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

Nothing here is needed to read the page: it filters, copies, prints one requirement and opens what is folded on paper.
*/
(function () {
  "use strict";
  var all = function (selector, root) { return Array.from((root || document).querySelectorAll(selector)); };

  function open(target) {
    for (var one = target; one; one = one.parentElement) { if (one.tagName === "DETAILS") { one.open = true; } }
  }
  function follow() {
    var target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target) { open(target); target.scrollIntoView(); }
  }
  addEventListener("hashchange", follow);
  follow();

  var folded = [];
  addEventListener("beforeprint", function () {
    folded = all("details:not([open])");
    folded.forEach(function (one) { one.open = true; });
  });
  addEventListener("afterprint", function () {
    folded.forEach(function (one) { one.open = false; });
    document.body.classList.remove("only-one");
    all(".chosen").forEach(function (one) { one.classList.remove("chosen"); });
  });

  function button(words, does) {
    var made = document.createElement("button");
    made.type = "button";
    made.textContent = words;
    made.addEventListener("click", function () { does(made); });
    return made;
  }
  all("pre.copy").forEach(function (pre) {
    if (!navigator.clipboard) { return; }
    var text = pre.textContent;
    pre.append(button("Copy", function (made) {
      navigator.clipboard.writeText(text + "\n").then(function () { made.textContent = "Copied"; });
    }));
  });
  all(".requirement > header").forEach(function (header) {
    header.append(button("Print", function () {
      document.body.classList.add("only-one");
      header.parentElement.classList.add("chosen");
      print();
    }));
  });

  var form = document.getElementById("filter");
  var rows = all("tr[data-p]");
  var names = all(".hosts tr[data-p] > th").map(function (cell) { return cell.textContent.toLowerCase(); });
  var blocks = all(".requirement .gap");
  var sections = all(".requirement");
  function places(text) {
    return text.split(",").map(function (part) { return part.split("-").map(Number); });
  }
  function filter() {
    var host = form.elements.host.value.trim().toLowerCase();
    var severity = form.elements.severity.value;
    var state = form.elements.state.value;
    var wanted = new Set();
    names.forEach(function (name, place) { if (!host || name.includes(host)) { wanted.add(place); } });
    rows.forEach(function (row) { row.hidden = !wanted.has(Number(row.dataset.p)); });
    blocks.forEach(function (block) {
      var here = !host || places(block.dataset.h).some(function (range) {
        for (var place = range[0]; place <= range[range.length - 1]; place += 1) { if (wanted.has(place)) { return true; } }
        return false;
      });
      block.hidden = !here || (severity && block.dataset.s !== severity);
    });
    var shown = 0;
    sections.forEach(function (section) {
      var left = all(".gap", section).some(function (block) { return !block.hidden; });
      section.hidden = Boolean((state && section.dataset.state !== state) || ((host || severity) && !left));
      shown += section.hidden ? 0 : 1;
    });
    var any = host || severity || state;
    form.querySelector(".count").textContent = any ?
      shown + " of " + sections.length + " requirements, " + wanted.size + " of " + names.length + " hosts" : "";
  }
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
}());
