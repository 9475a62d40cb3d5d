//! Nothing: what matters is in `fail/`, a mistake a file, and beside each what the compiler says to it.
