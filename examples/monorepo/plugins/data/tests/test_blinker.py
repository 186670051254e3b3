import blinker
import tally_core
import tally_data


def test_signal():
    tally_core.counts.clear()
    tally_data.blinker()
    signal = blinker.Signal()
    received = []

    def receive(sender):
        received.append(sender)

    signal.connect(receive)
    signal.send("sender")
    assert received == ["sender"]
    assert tally_core.counts == {"blinker": 1}
