//! What a program is told from outside: keys, hosts, addresses.
