"""What an hour of a Hugging Face machine costs, and so what a job will.

The Hub lists its machines with their prices; the table below stands in where it cannot be asked.
"""

import logging
import math
from collections.abc import Mapping

SOURCE = "https://huggingface.co/docs/hub/jobs-pricing, read in November 2026"
HOURLY: Mapping[str, float] = {  # US dollars, from SOURCE
    "cpu-basic": 0.01,
    "cpu-upgrade": 0.03,
    "cpu-xl": 1.00,
    "cpu-performance": 1.90,
    "t4-small": 0.40,
    "t4-medium": 0.60,
    "l4x1": 0.80,
    "l4x4": 3.80,
    "l40sx1": 1.80,
    "l40sx4": 8.30,
    "l40sx8": 23.50,
    "a10g-small": 1.00,
    "a10g-large": 1.50,
    "a10g-largex2": 3.00,
    "a10g-largex4": 5.00,
    "a100-large": 2.50,
    "a100x4": 10.00,
    "a100x8": 20.00,
    "h200": 5.00,
    "h200x2": 10.00,
    "h200x4": 20.00,
    "h200x8": 40.00,
    "rtx-pro-6000": 2.75,
    "rtx-pro-6000x2": 5.50,
    "rtx-pro-6000x4": 11.00,
    "rtx-pro-6000x8": 22.00,
}
UNITS = {"second": 3600, "minute": 60, "hour": 1}  # how many make an hour

log = logging.getLogger(__name__)


def hourly(flavor: str, prices: Mapping[str, float] = HOURLY) -> float | None:
    """US dollars an hour of a kind of machine; None where no price is known."""
    return prices.get(flavor)


def estimate(flavor: str, minutes: float, prices: Mapping[str, float] = HOURLY) -> float | None:
    """US dollars for that many minutes, of which every begun one is charged; None where no price is known."""
    price = hourly(flavor, prices)
    return None if price is None else math.ceil(minutes) * price / 60


def current_prices() -> Mapping[str, float]:
    """US dollars an hour by kind of machine, as the Hub lists them now; HOURLY where it cannot be asked."""
    from huggingface_hub import HfApi

    from t2i_core.settings import get_settings

    if get_settings().offline:
        return HOURLY
    try:
        listed = HfApi().list_jobs_hardware()
        return {machine.name: machine.unit_cost_usd * UNITS[machine.unit_label] for machine in listed}
    except Exception as problem:  # a price is no reason to fail: whatever the Hub answers, the table is there
        log.info("The Hub's prices cannot be read (%s); those of %s are used.", type(problem).__name__, SOURCE)
        return HOURLY
