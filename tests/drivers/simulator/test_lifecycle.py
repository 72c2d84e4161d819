import pytest

from drivers.simulator.lifecycle import CardState, Lifecycle
from drivers.simulator.personality import Times
from drivers.simulator.sim import Lock, Sim

TIMES = Times(sim=2, registration=5, phonebook=8, banner=1)


class World:
    """Time that stands still until it is told to go on."""

    def __init__(self):
        self.now, self.timers, self.told = 100.0, [], []

    def later(self, seconds, call):
        """Remember to call."""
        timer = Timer(self.now + seconds, call)
        self.timers.append(timer)
        return timer

    def go(self, seconds):
        """Let time pass, and make the calls that fall due."""
        end = self.now + seconds
        while due := sorted((t for t in self.timers if t.at <= end and t.call), key=lambda t: t.at):
            self.now = due[0].at
            call, due[0].call = due[0].call, None
            call()
        self.now = end


class Timer:
    """A call to come."""

    def __init__(self, at, call):
        self.at, self.call = at, call

    def cancel(self):
        """Forget it."""
        self.call = None


@pytest.fixture
def world():
    return World()


@pytest.fixture
def life(world):
    return Lifecycle(TIMES, world.later, world.told.append, clock=lambda: world.now)


def card():
    return Sim("8946120000005000016", "240120000000016", "+46701740616", "+46701740616")


def test_a_settled_module_is_ready_and_registered(life):
    life.wake_settled(card())
    assert (life.card_state, life.stat, life.phonebook_ready) == (CardState.READY, 1, True)


def test_a_boot_goes_by_banner_card_network_phone_book(life, world):
    life.wake_settled(card())
    life.boot()
    assert (life.card_state, life.stat) == (CardState.STARTING, 0)
    world.go(20)
    assert world.told == ["boot", "sim_ready", "registration", "registration", "phonebook_ready"]
    assert (life.card_state, life.stat, life.phonebook_ready) == (CardState.READY, 1, True)
    assert life.since["card"] == 103
    assert life.since["registration"] == 106


def test_speed_shortens_everything(world):
    life = Lifecycle(TIMES, world.later, world.told.append, speed=10, clock=lambda: world.now)
    life.wake_settled(card())
    life.boot()
    world.go(0.91)
    assert life.phonebook_ready


def test_a_pulled_card_is_gone_at_once_and_announced(life, world):
    life.wake_settled(card())
    life.take_card(quiet=False)
    assert (life.card_state, life.stat) == (CardState.ABSENT, 0)
    assert world.told == ["sim_gone", "registration"]


def test_a_quiet_pull_announces_nothing(life, world):
    life.wake_settled(card())
    life.take_card(quiet=True)
    assert (life.card_state, life.stat, world.told) == (CardState.ABSENT, 0, [])


def test_a_pull_in_the_middle_of_a_boot_stops_it(life, world):
    life.wake_settled(card())
    life.boot()
    world.go(2)
    life.take_card(quiet=False)
    world.told.clear()
    world.go(20)
    assert world.told == []


def test_a_module_without_a_card_announces_that_when_it_boots(life, world):
    life.boot()
    world.go(20)
    assert world.told == ["boot", "sim_missing"]


def test_an_inserted_card_is_read_and_registered(life, world):
    life.put_card(card())
    assert life.card_state is CardState.STARTING
    world.go(2)
    assert (life.card_state, life.stat) == (CardState.READY, 2)
    world.go(3)
    assert life.stat == 1


def test_an_exchanged_card_changes_nothing_but_the_card(life, world):
    life.wake_settled(card())
    world.go(5)
    other = card()
    life.exchange_card(other)
    assert (life.card, life.card_state, life.stat, world.told) == (other, CardState.READY, 1, [])
    assert life.since["card"] == 105


@pytest.mark.parametrize(("lock", "state"), [(Lock.PIN, CardState.PIN), (Lock.PUK, CardState.PUK)])
def test_a_locked_card_registers_nowhere_until_it_is_opened(life, world, lock, state):
    life.wake_settled(card())
    life.lock(lock)
    assert (life.card_state, life.stat) == (state, 0)
    life.lock(Lock.NONE)
    world.go(10)
    assert (life.card_state, life.stat) == (CardState.READY, 1)


def test_a_locked_card_stays_locked_over_a_boot(life, world):
    life.wake_settled(card())
    life.lock(Lock.PIN)
    life.boot()
    world.go(20)
    assert (life.card_state, life.stat) == (CardState.PIN, 0)


def test_what_the_network_grants_holds_over_a_boot(life, world):
    life.wake_settled(card())
    life.set_network(3)
    life.boot()
    world.go(20)
    assert life.stat == 3


def test_an_ended_life_stands_still(life, world):
    life.wake_settled(card())
    life.boot()
    life.end()
    world.go(20)
    assert world.told == []
