"use strict";
// Draws a run from the data in the page. Every text reaches the page as the text of a
// node or of a plain attribute, never as HTML, and nothing is asked of any server.
(() => {
	const run = JSON.parse(document.getElementById("data").textContent);
	const ranks = { lied: 0, broken: 1, inconclusive: 2, known: 3, kept: 4 };
	const byNumber = new Map(run.cells.map((cell) => [cell.n, cell]));
	const wanted = { classes: new Set(), account: "", label: "" };
	const at = (id) => document.getElementById(id);

	// make builds an element; a child is a node or a text, and null is none.
	function make(name, attributes, ...children) {
		const svg = ["svg", "circle", "line", "path", "text", "title"].includes(name);
		const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
		for (const [key, value] of Object.entries(attributes || {})) {
			if (value !== null && value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
		}
		for (const child of children.flat()) {
			if (child !== null && child !== undefined && child !== "") node.append(child);
		}
		return node;
	}

	const worst = (cells) => cells.reduce((a, b) => (ranks[b.v] < ranks[a.v] ? b : a));
	const promise = (cell) => run.contracts[cell.c] + (cell.s ? ": " + run.cases[cell.s] : "");
	const verdict = (cell) => (cell.k ? cell.v + " " + run.kinds[cell.k] : cell.v);
	const plural = (n, noun) => n + " " + noun + (n === 1 ? "" : "s");

	// The filters.

	const tags = (cell) => run.accounts[cell.a].tags || [];

	function matches(cell) {
		if (wanted.classes.size && !wanted.classes.has(cell.v)) return false;
		if (wanted.account && !run.accounts[cell.a].name.toLowerCase().includes(wanted.account)) return false;
		if (!wanted.label) return true;
		if (wanted.label.startsWith("tag ")) return tags(cell).includes(wanted.label.slice(4));
		return (cell.l || []).includes(Number(wanted.label.slice(6)));
	}

	function prepareFilters() {
		at("filters").hidden = run.cells.length === 0;
		at("accounts").append(...run.accounts.slice(0, 500).map((account) => make("option", { value: account.name })));
		const groups = new Map();
		const add = (group, value, text) => {
			if (!groups.has(group)) groups.set(group, make("optgroup", { label: group }));
			groups.get(group).append(make("option", { value }, text));
		};
		const order = run.labels.map((label, i) => [label, i]).sort((a, b) => (a[0] < b[0] ? -1 : 1));
		for (const [label, i] of order) {
			const colon = label.indexOf(": ");
			add(label.slice(0, colon), "label " + i, label.slice(colon + 2));
		}
		for (const tag of [...new Set(run.accounts.flatMap((account) => account.tags || []))].sort()) add("tag", "tag " + tag, tag);
		at("label").append(...groups.values());
		for (const chip of document.querySelectorAll("#filters .chip")) {
			chip.addEventListener("click", () => {
				const on = chip.getAttribute("aria-pressed") !== "true";
				chip.setAttribute("aria-pressed", on);
				wanted.classes[on ? "add" : "delete"](chip.dataset.class);
				draw();
			});
		}
		at("account").addEventListener("input", () => { wanted.account = at("account").value.trim().toLowerCase(); draw(); });
		at("label").addEventListener("change", () => { wanted.label = at("label").value; draw(); });
		at("filters").addEventListener("submit", (event) => event.preventDefault());
		at("clear").addEventListener("click", () => {
			wanted.classes.clear();
			wanted.account = wanted.label = at("account").value = at("label").value = "";
			for (const chip of document.querySelectorAll("#filters .chip")) chip.setAttribute("aria-pressed", false);
			draw();
			at("account").focus();
		});
	}

	// The matrix. What is worst stands in the upper left corner.

	// lines gives the places of one side that have cells, the worst first.
	function lines(cells, side) {
		const rank = new Map();
		for (const cell of cells) rank.set(cell[side], Math.min(rank.get(cell[side]) ?? 9, ranks[cell.v]));
		return [...rank.keys()].sort((a, b) => rank.get(a) - rank.get(b) || a - b);
	}

	function drawMatrix(cells) {
		const box = at("matrix");
		if (!cells.length) {
			box.replaceChildren(make("p", { class: "empty" }, run.cells.length ? "No cell matches." : "There is no cell."));
			return;
		}
		const contracts = lines(cells, "c"), accounts = lines(cells, "a");
		const tall = accounts.length > 40 && accounts.length > contracts.length; // accounts go down the page
		const squares = new Map();
		for (const cell of cells) {
			const key = cell.c + " " + cell.a;
			squares.has(key) ? squares.get(key).push(cell) : squares.set(key, [cell]);
		}
		const rows = tall ? accounts : contracts, columns = tall ? contracts : accounts;
		const rowName = (i) => (tall ? run.accounts[i].name : run.contracts[i]);
		const columnName = (i) => (tall ? run.contracts[i] : run.accounts[i].name);
		const head = make("tr", null, make("td", { class: "corner" }, tall ? "account" : "contract"),
			columns.map((i) => make("th", { scope: "col", title: columnName(i) }, make("span", { dir: "auto" }, columnName(i)))));
		let first = true;
		const body = rows.map((i) => make("tr", null, make("th", { scope: "row", title: rowName(i) }, make("span", { dir: "auto" }, rowName(i))),
			columns.map((j) => {
				const found = squares.get(tall ? j + " " + i : i + " " + j);
				if (!found) return make("td", { role: "gridcell", tabindex: -1, "aria-label": rowName(i) + ", " + columnName(j) + ": no cell" });
				const cell = worst(found);
				const label = rowName(i) + ", " + columnName(j) + ": " + verdict(cell) + (found.length > 1 ? ", " + plural(found.length, "cell") : "");
				const square = make("td", { role: "gridcell", tabindex: first ? 0 : -1, "data-cell": cell.n, "aria-label": label, title: label },
					make("span", { class: "mark " + cell.v, "aria-hidden": "true" }));
				first = false;
				return square;
			})));
		box.replaceChildren(make("table", { class: "matrix" + (tall ? " tall" : ""), role: "grid", "aria-labelledby": "matrix-title", "aria-describedby": "shown" },
			make("thead", null, head), make("tbody", null, body)));
	}

	// steps are where the arrow keys lead: the row's and the column's change.
	const steps = {
		ArrowLeft: (r, c) => [r, c - 1], ArrowRight: (r, c) => [r, c + 1], ArrowUp: (r, c) => [r - 1, c], ArrowDown: (r, c) => [r + 1, c],
		Home: (r, c, event) => [event.ctrlKey ? 0 : r, 0], End: (r, c, event) => [event.ctrlKey ? Infinity : r, Infinity],
		PageUp: (r, c) => [r - 10, c], PageDown: (r, c) => [r + 10, c],
	};

	function walk(event) {
		const square = event.target.closest("td[role=gridcell]");
		if (!square) return;
		if (event.key === "Enter" || event.key === " ") {
			event.preventDefault();
			if (square.dataset.cell) open(Number(square.dataset.cell));
			return;
		}
		const step = steps[event.key];
		if (!step || event.altKey || event.metaKey) return;
		event.preventDefault();
		const rows = square.closest("tbody").rows;
		const clamp = (n, size) => Math.max(0, Math.min(n, size - 1));
		const [r, c] = step(square.parentNode.sectionRowIndex, square.cellIndex - 1, event);
		const row = rows[clamp(r, rows.length)];
		settle(row.cells[1 + clamp(c, row.cells.length - 1)]);
	}

	// settle makes a square the one that tab comes to.
	function settle(square) {
		for (const old of document.querySelectorAll("#matrix td[tabindex='0']")) old.tabIndex = -1;
		square.tabIndex = 0;
		square.focus({ preventScroll: true });
		square.scrollIntoView({ block: "nearest", inline: "nearest" });
	}

	// The plot.

	const time = (ms) => (ms < 1 ? "under 1 ms" : ms < 1000 ? Math.round(ms) + " ms" : (ms / 1000).toFixed(ms < 10000 ? 1 : 0) + " s");

	function drawPlot(cells) {
		const calls = new Map();
		for (const cell of cells) {
			if (!cell.f && !cell.x) continue;
			calls.has(cell.o) ? calls.get(cell.o).push(cell) : calls.set(cell.o, [cell]);
		}
		const seen = cells.filter((cell) => cell.f).map((cell) => cell.f);
		at("latency").hidden = seen.length === 0;
		if (!seen.length) return;
		const low = Math.max(0, Math.floor(Math.log10(seen.reduce((a, b) => Math.min(a, b))))); // under a millisecond is noise
		const high = Math.max(low + 1, Math.ceil(Math.log10(seen.reduce((a, b) => Math.max(a, b)))));
		const x = (ms) => 2 + (85 * (Math.log10(Math.max(ms, 1)) - low)) / (high - low);
		const decades = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
		const slowest = (list) => list.reduce((most, cell) => Math.max(most, cell.x ? Infinity : cell.f), 0);
		const rows = [...calls.entries()].sort((a, b) => slowest(b[1]) - slowest(a[1]) || a[0] - b[0]);
		at("plot").replaceChildren(...rows.flatMap(([call, list]) => strip(run.calls[call], list, x, decades)), ...axis(x, decades));
	}

	// strip is one endpoint: its name, its dots, and what they come to.
	function strip(name, list, x, decades) {
		const times = list.filter((cell) => cell.f).sort((a, b) => a.f - b.f);
		const never = list.length - times.length;
		const sum = [];
		if (times.length) sum.push("median " + time(times[times.length >> 1].f));
		if (times.length > 1) sum.push("slowest " + time(times[times.length - 1].f));
		if (never) sum.push(never + " never");
		const dots = list.map((cell, i) => {
			const title = make("title", null, run.accounts[cell.a].name + ": " + (cell.f ? time(cell.f) : "never") + " (" + promise(cell) + ")");
			const y = 13 + ((i * 7) % 11) - 5; // side by side dots do not hide each other
			if (cell.f) return make("circle", { cx: x(cell.f).toFixed(2) + "%", cy: y, r: 3, class: cell.v, "data-cell": cell.n }, title);
			const cross = make("svg", { x: "97%", y: 13, overflow: "visible", width: 1, height: 1, "data-cell": cell.n }, make("path", { d: "M-4-4L4 4M-4 4L4-4" }), title);
			return cross;
		});
		const middle = times.length ? x(times[times.length >> 1].f).toFixed(2) + "%" : null;
		return [
			make("span", { class: "call mono", dir: "auto", title: name }, name),
			make("svg", { role: "img", "aria-label": name + ": " + sum.join(", ") },
				decades.map((ms) => make("line", { x1: x(ms) + "%", x2: x(ms) + "%", y1: 0, y2: 26 })),
				make("line", { x1: "92%", x2: "92%", y1: 0, y2: 26, "stroke-dasharray": "2 3" }), dots,
				middle && make("line", { class: "middle", x1: middle, x2: middle, y1: 4, y2: 22 })),
			make("span", { class: "sum" }, sum.join(", ")),
		];
	}

	function axis(x, decades) {
		const mark = (where, text) => make("text", { x: where + "%", y: 12, "text-anchor": "middle" }, text);
		return [make("span"), make("svg", { "aria-hidden": "true" }, decades.map((ms) => mark(x(ms), time(ms))), mark(97, "never")), make("span")];
	}

	// A cell.

	const dialog = at("cell");

	function open(number) {
		const cell = byNumber.get(number);
		if (!cell) return;
		dialog.className = cell.v;
		dialog.replaceChildren(make("div", { class: "inside" }, ...inside(cell, run.evidence[number] || {})));
		dialog.setAttribute("aria-labelledby", "cell-title");
		if (!dialog.open) dialog.showModal();
		at("cell-title").focus(); // and not the button: an enter that opened it would close it
		dialog.scrollTop = 0;
		if (location.hash !== "#" + number) history.replaceState(null, "", "#" + number);
	}

	function inside(cell, evidence) {
		const siblings = run.cells.filter((other) => other.c === cell.c && other.a === cell.a);
		return [
			make("header", null, make("div", null,
				make("span", { class: "badge " + cell.v }, cell.v), " ", make("span", { class: "kind" }, run.kinds[cell.k || 0]),
				make("h2", { id: "cell-title", dir: "auto", tabindex: -1, autofocus: true, title: promise(cell) }, promise(cell)),
				make("p", { class: "note" }, make("b", { dir: "auto" }, run.accounts[cell.a].name), " · ", make("span", { class: "mono", dir: "auto" }, run.calls[cell.o]),
					" · cell " + (run.run ? run.run + "/" : "") + cell.n)),
				make("button", { type: "button", class: "close" }, "Close")),
			siblings.length > 1 && make("div", { class: "cases", role: "group", "aria-label": "Cases of this contract" }, siblings.map((other) =>
				make("button", { type: "button", class: "chip", "data-cell": other.n, "aria-pressed": String(other.n === cell.n) },
					make("span", { class: "mark " + other.v, "aria-hidden": "true" }), other.s ? run.cases[other.s] : "base"))),
			...judgement(cell, evidence), ...diagnosis(evidence), ...difference(evidence.change), ...timeLine(cell, evidence), ...commands(evidence), ...exchanges(evidence),
			cell.v === "kept" && make("p", { class: "note" }, "The exchanges of kept cells are not in this file" + (run.run ? "; polygraph show " + run.run + "/" + cell.n + " shows them." : ".")),
			cell.v !== "kept" && !run.evidence[cell.n] && make("p", { class: "note" }, run.left),
		].filter(Boolean);
	}

	function judgement(cell, evidence) {
		const rows = [];
		const say = (name, text, style) => { if (text) rows.push(make("dt", null, name), make("dd", { class: style, dir: "auto" }, text)); };
		say("meaning", cell.k && run.meanings[cell.k]);
		say("said", evidence.said);
		say("seen", evidence.seen);
		say("reason", evidence.reason);
		say("hint", evidence.hint);
		say("beside", evidence.beside);
		say("cause", evidence.cause, evidence.sure ? "sure" : null);
		say("proof", evidence.proof, evidence.sure ? "sure" : null);
		say("trials", evidence.trials);
		for (const text of evidence.also || []) say("also", text);
		say("contract", evidence.source, "mono");
		return rows.length ? [make("section", { class: "verdict " + cell.v, "aria-label": "Verdict" }, make("dl", null, rows))] : [];
	}

	// diagnosis is the facts that set the account apart; one alone is in the verdict already.
	function diagnosis(evidence) {
		if (!evidence.causes || evidence.causes.length < 2) return [];
		return [make("h3", null, "What sets it apart"), make("table", { class: "change causes" },
			make("thead", null, make("tr", null, ["fact", "holds of those that came out so", "of truthful accounts", "score (Ochiai)"].map((name) => make("th", { scope: "col" }, name)))),
			make("tbody", null, evidence.causes.map((cause) => make("tr", null, make("th", { scope: "row", dir: "auto" }, cause.what),
				make("td", null, cause.lied), make("td", null, cause.truthful), make("td", null, cause.score)))))];
	}

	function difference(change) {
		if (!change) return [];
		const wants = change.rows.some((row) => row.want);
		return [
			make("h3", null, "Before and after, in ", make("span", { class: "mono", dir: "auto" }, change.place)),
			make("table", { class: "change" },
				make("thead", null, make("tr", null, ["field", "before", ...(wants ? ["wanted"] : []), "at the end"].map((name) => make("th", { scope: "col" }, name)))),
				make("tbody", null, change.rows.map((row) => make("tr", { class: row.mark }, make("th", { scope: "row", dir: "auto" }, row.field),
					make("td", { dir: "auto" }, row.before), wants && make("td", { dir: "auto" }, row.want || ""),
					make("td", { dir: "auto" }, row.after, row.mark === "missed" ? " ≠" : ""))))),
			change.more ? make("p", { class: "note" }, plural(change.more, "more field")) : null,
		];
	}

	function timeLine(cell, evidence) {
		if (!evidence.phases) return [];
		const moments = (phase) => make("ol", null, phase.moments.map((moment) => make("li", null,
			make("time", null, moment.clock || ""), make("span", { class: "offset" }, moment.offset || ""),
			make("span", { class: "said-what", dir: "auto" }, moment.what, " ", moment.exchange && number(moment.exchange, evidence)),
			moment.repeats && make("span", { class: "repeats" }, moment.repeats))));
		return [
			make("h3", null, "Said, seen, judged"),
			make("ol", { class: "time" },
				evidence.phases.map((phase) => make("li", { class: phase.name === "said" ? "said" : null },
					make("h4", null, phase.name + (phase.attempt ? " (" + phase.attempt + ")" : "")), moments(phase), phase.more && make("p", { class: "note" }, phase.more))),
				make("li", { class: "judged " + cell.v }, make("h4", null, "judged: " + verdict(cell)),
					make("ol", null, (evidence.judged || []).map((text) => make("li", { class: "judgement", dir: "auto" }, text))))),
			make("p", { class: "note" }, "Times of day are UTC; +0.000 s is the last byte of the reply."),
		];
	}

	// number is an exchange's number, and leads to it where the file has it.
	function number(n, evidence) {
		if (!(evidence.exchanges || []).some((exchange) => exchange.n === n)) return make("span", { class: "repeats" }, "#" + n);
		return make("a", { href: "#x" + n, "data-exchange": n }, "#" + n);
	}

	function commands(evidence) {
		if (!evidence.commands) return [];
		return [make("h3", null, "See it again"), ...evidence.commands.map((command) => make("div", null, make("p", { class: "note" }, command.what),
			make("div", { class: "command" }, make("pre", { tabindex: 0 }, command.line), make("button", { type: "button", class: "copy", "aria-label": "Copy: " + command.what }, "Copy"))))];
	}

	// exchanges shows those that the time line names, and folds the others.
	function exchanges(evidence) {
		if (!evidence.exchanges) return evidence.left ? [make("p", { class: "note" }, evidence.left + ".")] : [];
		const others = evidence.exchanges.filter((x) => !x.named);
		return [
			make("h3", null, "Exchanges"), ...evidence.exchanges.filter((x) => x.named).map(exchange),
			others.length ? make("details", { class: "others" }, make("summary", null, plural(others.length, "more exchange")), others.map(exchange)) : null,
			evidence.left && make("p", { class: "note" }, evidence.left + "."),
		];
	}

	function exchange(x) {
		const how = [x.took && " in " + x.took, x.eyes && " as " + x.eyes, x.at && " at " + x.at].filter(Boolean).join("");
		return make("details", { class: "exchange" + (x.act ? " act" : ""), id: "x" + x.n, open: x.act },
			make("summary", null, "#" + x.n + " ", make("span", { class: "mono", dir: "auto" }, x.head), " ",
				make("span", { class: "status" }, x.status || "no answer"), make("span", { class: "soft" }, how)),
			make("div", null, part("request", x.sent, x.body), part("reply", x.heads, x.reply), (x.facts || []).map((fact) => make("p", { class: "warning", dir: "auto" }, fact))));
	}

	function part(name, heads, body) {
		const text = (heads || []).join("\n") + (heads && body ? "\n\n" : "") + (body || "");
		return text ? [make("h4", null, name), make("pre", { tabindex: 0 }, text)] : [];
	}

	async function copy(button) {
		const line = button.previousElementSibling;
		try {
			await navigator.clipboard.writeText(line.textContent);
			button.textContent = "Copied";
		} catch {
			getSelection().selectAllChildren(line); // so that the keyboard can copy it
			button.textContent = "Selected";
		}
		setTimeout(() => { button.textContent = "Copy"; }, 2000);
	}

	// All together.

	function draw() {
		const cells = run.cells.filter(matches);
		const all = cells.length === run.cells.length;
		drawMatrix(cells);
		drawPlot(cells);
		at("shown").textContent = all ? "" : cells.length + " of " + plural(run.cells.length, "cell") + " shown";
		at("clear").hidden = all;
	}

	document.addEventListener("click", (event) => {
		const opener = event.target.closest("[data-cell]");
		const link = event.target.closest("[data-exchange]");
		if (link) {
			event.preventDefault();
			const exchange = at("x" + link.dataset.exchange);
			exchange.open = true;
			exchange.scrollIntoView({ block: "start" });
			exchange.querySelector("summary").focus();
		} else if (event.target.closest(".copy")) copy(event.target.closest(".copy"));
		else if (event.target === dialog || event.target.closest(".close")) dialog.close();
		else if (opener) {
			if (opener.getAttribute("role") === "gridcell") settle(opener);
			open(Number(opener.dataset.cell));
		}
	});
	at("matrix").addEventListener("keydown", walk);
	dialog.addEventListener("close", () => { if (location.hash) history.replaceState(null, "", location.pathname + location.search); });
	const follow = () => { if (/^#\d+$/.test(location.hash)) open(Number(location.hash.slice(1))); };
	addEventListener("hashchange", follow);
	at("left").textContent = run.left;
	prepareFilters();
	draw();
	follow();
})();
