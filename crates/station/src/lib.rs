//! The station: sockets, storage, HTTP and the command line.
