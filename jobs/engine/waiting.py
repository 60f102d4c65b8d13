"""The orders of a run that are not in the driver's window yet."""

from __future__ import annotations

from collections.abc import Iterable

from jobs.engine.phases import Order
from jobs.engine.scheduler import admission
from jobs.engine.steering import FREE, Steering, steered_order


class AdmissionQueue:
    """Hands out orders, most urgent first; those that people hold stay here."""

    def __init__(self, orders: Iterable[Order]) -> None:
        self._ready = sorted(orders, key=admission, reverse=True)
        self._held: list[Order] = []
        self._steering = FREE

    def add(self, orders: Iterable[Order]) -> None:
        """Further orders, that what holds now is not applied to yet."""
        if more := list(orders):
            self._ready = sorted(self._ready + more, key=admission, reverse=True)
            self._steering = FREE

    def steer(self, steering: Steering) -> list[Order]:
        """Follow what holds now; takes out the orders that are cancelled, and returns them."""
        if steering == self._steering:
            return []
        self._steering = steering
        everything = [steered_order(order, steering) for order in self._ready + self._held]
        self._held = [order for order in everything if steering.holds(order)]
        free = (order for order in everything if not steering.stops(order))
        self._ready = sorted(free, key=admission, reverse=True)
        return [order for order in everything if steering.cancels(order)]

    def next(self) -> Order | None:
        return self._ready.pop() if self._ready else None
