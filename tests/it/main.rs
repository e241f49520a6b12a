//! The house held together: the direction of dependencies, and the engine under every fault of a service.

mod architecture;
mod faults;
mod stand_in;
