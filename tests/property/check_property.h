#ifndef PROTOGRAPH_TESTS_PROPERTY_CHECK_PROPERTY_H_
#define PROTOGRAPH_TESTS_PROPERTY_CHECK_PROPERTY_H_

// Runs a RapidCheck property as a GoogleTest.
//
//   TEST(Graph, DoesWhatTheReferenceDoes) {
//     CheckProperty(200, [](int n) { RC_ASSERT(...); });
//   }
//
// The seed is the same in each run and stands in the output. From the environment:
//   PROTOGRAPH_PROPERTY_CASES=5000        so many cases of each property
//   RC_PARAMS="seed=7"                    another seed; any other setting of RapidCheck
// A failure says with which RC_PARAMS it comes back.

#include <utility>

#include "rapidcheck.h"

namespace protograph::property {

// Fewer where a sanitizer makes each case slow.
void CheckErasedProperty(int cases, const rc::detail::Property& property);

template <class Testable>
void CheckProperty(int cases, Testable&& testable) {
  CheckErasedProperty(cases, rc::detail::toProperty(std::forward<Testable>(testable)));
}

}  // namespace protograph::property

#endif  // PROTOGRAPH_TESTS_PROPERTY_CHECK_PROPERTY_H_
