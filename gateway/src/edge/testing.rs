//! Ports for the tests of the edge.
