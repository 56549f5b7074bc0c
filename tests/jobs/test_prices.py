import math

import pytest
from huggingface_hub import HfApi, JobHardware
from huggingface_hub._jobs_api import JobHardwareInfo

from t2i_core.jobs.prices import HOURLY, current_prices, estimate, hourly
from t2i_core.settings import get_settings


def test_a_job_costs_its_begun_minutes() -> None:
    assert estimate("t4-small", 90) == pytest.approx(0.60)
    assert estimate("t4-small", 89.1) == pytest.approx(0.60)
    assert estimate("h200x8", 60) == 40
    assert estimate("cpu-basic", 0) == 0


def test_an_unknown_machine_has_no_price() -> None:
    assert hourly("abacus") is None
    assert estimate("abacus", 60) is None


def test_every_machine_the_hub_client_knows_has_a_price() -> None:
    assert {flavor.value for flavor in JobHardware} == set(HOURLY)


def test_offline_the_table_is_used() -> None:
    assert current_prices() is HOURLY


@pytest.fixture
def online(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("T2I_OFFLINE", "0")
    get_settings.cache_clear()


def machine(unit: str, cost: float) -> JobHardwareInfo:
    told = {"name": "t4-small", "prettyName": "T4", "cpu": "4 vCPU", "ram": "15 GB", "unitLabel": unit}
    return JobHardwareInfo(**told, unitCostUSD=cost, unitCostMicroUSD=round(cost * 1e6))


@pytest.mark.usefixtures("online")
@pytest.mark.parametrize(("unit", "cost"), [("minute", 0.01), ("hour", 0.6)])
def test_the_hubs_own_prices_come_first(monkeypatch: pytest.MonkeyPatch, unit: str, cost: float) -> None:
    monkeypatch.setattr(HfApi, "list_jobs_hardware", lambda _: [machine(unit, cost)])
    assert math.isclose(current_prices()["t4-small"], 0.6)


@pytest.mark.usefixtures("online")
def test_a_hub_that_lists_them_in_a_way_nobody_knows_leaves_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HfApi, "list_jobs_hardware", lambda _: [machine("fortnight", 1.0)])
    assert current_prices() is HOURLY
