// What one SQL statement costs the process that simulates, by kind: evaluated, locked, checked and
// applied to the store by the database's engine, on a fiber, as a backend does it. The network, the
// time a statement takes in the simulated world, and the commit are left out.
#pragma once

namespace halfwrite::bench {

// Registers one benchmark per kind: "sql/select by key" and so on. An item is a statement.
void register_statements();

}  // namespace halfwrite::bench
