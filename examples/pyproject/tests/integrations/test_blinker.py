from blinker import Signal

from lantern import integrations


def test_signal(noted):
    integrations.blinker()
    signal = Signal()
    received = []

    def receive(sender):
        received.append(sender)

    signal.connect(receive)
    signal.send("sender")
    assert received == ["sender"]
    assert noted == ["blinker: signal"]
