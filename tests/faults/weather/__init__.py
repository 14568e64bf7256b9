"""Reference workflows in bad weather: requests that fail in every way, lost answers, any order, clocks that differ."""
