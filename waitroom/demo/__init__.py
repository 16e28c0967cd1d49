"""The demo: one whole on-sale on this machine, from nothing to a printed address."""

from waitroom.demo.home import Home, default_folder
from waitroom.demo.options import DemoOptions
from waitroom.demo.stage import Reception, Sale, run_demo

__all__ = ["DemoOptions", "Home", "Reception", "Sale", "default_folder", "run_demo"]
