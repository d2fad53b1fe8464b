//! The simulator: the real runtime over a broker in memory and a clock that does not tick, under
//! chance from a seed. The same seed is the same run, line by line.

mod chaos;
mod courier;
mod errand;
mod finish;
mod index;
mod life;
mod model;
mod node;
mod ports;
mod readers;
mod run;
mod seeds;
mod trace;
mod watch;
mod work;
