namespace aiokpl {}
