#include "models/service/windows.hpp"

namespace halfwrite::service {

const std::vector<sim::Explanation>& windows() {
  static const std::vector<sim::Explanation> table{
      {outside_window,
       "From a request on its way to a system outside until the transaction around it commits.",
       {{{"a crash there", "leaves an effect outside that no row of the service knows of"},
         {"opened by", "the step `external` in an operation that is a transaction"},
         {"seen by",
          "`saga_all_or_compensated`, where nobody asks again or takes it back; `charged_once`, "
          "where it is asked for again without an `idempotency_key`"}}}},
  };
  return table;
}

}  // namespace halfwrite::service
