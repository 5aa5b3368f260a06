"""A convolutional network written from scratch: numpy and the standard library only."""

from .architectures import ARCHITECTURES, Architecture, UnknownArchitecture
from .network import LayerSummary, Network

__all__ = ["ARCHITECTURES", "Architecture", "LayerSummary", "Network", "UnknownArchitecture"]
