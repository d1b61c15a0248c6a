//! Bytes to typed messages and back, one module per protocol; no sockets, no clock.
