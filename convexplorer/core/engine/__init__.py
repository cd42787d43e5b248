"""How maps are computed: routes of convolution, live tiles, full passes, statistics and colours."""
