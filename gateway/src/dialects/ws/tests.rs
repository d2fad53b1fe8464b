//! The socket, driven by a client of its own.
