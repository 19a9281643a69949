"""The verdict in sentences: each question is a link to the plot that shows its evidence."""

from __future__ import annotations

import html
from collections.abc import Hashable
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QFrame, QTextBrowser

from engine.findings import Finding

from .view import NO_RACE, View, is_read, to_follow


class VerdictView(View):
    """What the race says of each question; a click on one asks for its evidence."""

    key = "verdict"
    title = "Verdict"

    def make_body(self) -> QTextBrowser:
        self.text = QTextBrowser()
        self.text.setFrameShape(QFrame.Shape.NoFrame)
        self.text.setOpenLinks(False)
        self.text.setProperty("role", "prose")
        self.text.anchorClicked.connect(self._follow)
        return self.text

    def build(self) -> None:
        """There is nothing to make ready."""

    def colour(self) -> None:
        self.text.document().setDefaultStyleSheet(
            f"p {{ margin: 0 0 9px 0; }}"
            f"h3 {{ margin: 0 0 9px 0; font-size: large; }}"
            f"a {{ color: {self.theme.accent}; text-decoration: none; font-weight: 600; }}"
            f".quiet {{ color: {self.theme.muted}; }}"
        )

    def state(self) -> Hashable:
        return id(self.recording), id(self.verdict), is_read(self.recording)

    def refresh(self) -> None:
        place = self.text.verticalScrollBar().value()
        self.text.setHtml(self._page())
        self.text.verticalScrollBar().setValue(place)
        self.say(self._describe())

    def _page(self) -> str:
        """The text as HTML."""
        if self.recording is None:
            return ""
        if self.verdict is None:
            return f"<p class='quiet'>{to_follow('The verdict follows', self.recording)}</p>"
        findings = "".join(map(_paragraph, self.verdict.findings))
        return f"<h3>{html.escape(self.verdict.headline)}</h3>{findings}"

    def _describe(self) -> str:
        if self.recording is None:
            return NO_RACE
        seeds = self.shown.experiment.population.seeds
        over = f"{seeds} seeds" if seeds > 1 else "one seed"
        if self.verdict is None:
            return over
        look = self.shown.looks
        looked = f" · look {look}" if look > 1 else ""
        return f"{over} · step {self.verdict.step:,}{looked}"

    def _follow(self, link: QUrl) -> None:
        if self.verdict is not None:
            self.evidence_asked.emit(
                next(f for f in self.verdict.findings if f.question == link.toString())
            )

    def table(self) -> tuple[list[str], list[list[Any]]]:
        """One row a question."""
        header = ["question", "answer", "in words"]
        if self.verdict is None:
            return header, []
        rows = [[f.title, str(f.answer), f.text] for f in self.verdict.findings]
        return header, [["verdict", "", self.verdict.headline], *rows]


def _paragraph(finding: Finding) -> str:
    title, text = html.escape(finding.title), html.escape(finding.text)
    return f"<p><a href='{finding.question}'>{title}</a><br>{text}</p>"
