"""The form of a run's settings."""

from __future__ import annotations

import argparse

import pytest
from pytestqt.qtbot import QtBot

from convexplorer.commands.train import COMMAND, _plan_rule
from convexplorer.core.project.training_run import Plan
from convexplorer.core.project.training_settings import METHODS, TrainingSettings
from convexplorer.gui.training.settings_page import TrainingSettingsPage
from convexplorer.gui.window.app import default_project


@pytest.fixture
def page(qtbot: QtBot) -> TrainingSettingsPage:
    made = TrainingSettingsPage()
    qtbot.addWidget(made)
    return made


def of_shell(line: str) -> TrainingSettings:
    """What the shell trains with."""
    parser = argparse.ArgumentParser()
    COMMAND.add_arguments(parser)
    options = parser.parse_args(["--data", "shapes", *line.split()])
    return TrainingSettings(_plan_rule(options), options.batch, options.epochs, options.seed)


def test_window_shell_and_core_have_one_default(page: TrainingSettingsPage) -> None:
    of_window = page.plan("shapes", default_project()).settings
    assert of_window == TrainingSettings() == Plan().settings == of_shell("")


@pytest.mark.parametrize("method", METHODS)
def test_each_method_has_one_default_rate(page: TrainingSettingsPage, method: str) -> None:
    page.method.setCurrentIndex(page.method.findData(method))
    rule = page.plan("shapes", default_project()).settings.rule
    assert rule == of_shell(f"--optimiser {method}").rule
    assert rule.rate == {"sgd": 0.05, "momentum": 0.02, "adam": 0.002}[method]


def test_momentum_is_a_setting_of_its_method_only(page: TrainingSettingsPage) -> None:
    assert not page.momentum.isEnabled()
    for method, counts in (("sgd", False), ("momentum", True), ("adam", False)):
        page.method.setCurrentIndex(page.method.findData(method))
        assert page.momentum.isEnabled() == counts
