#include "check_property.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define PROTOGRAPH_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define PROTOGRAPH_SANITIZED 1
#endif
#endif

namespace protograph::property {
namespace {

#ifdef PROTOGRAPH_SANITIZED
constexpr int kSlowdown = 6;
#else
constexpr int kSlowdown = 1;
#endif

// RapidCheck reads the variable once, when it is first asked for its configuration.
rc::detail::TestParams Params(int cases) {
  setenv("RC_PARAMS", "seed=20240229", /*overwrite=*/0);
  const char* const wanted = std::getenv("PROTOGRAPH_PROPERTY_CASES");
  rc::detail::TestParams params = rc::detail::configuration().testParams;
  if (wanted != nullptr) {
    params.maxSuccess = std::atoi(wanted);
  } else if (std::string(std::getenv("RC_PARAMS")).find("max_success") == std::string::npos) {
    params.maxSuccess = std::max(cases / kSlowdown, 1);
  }
  return params;
}

}  // namespace

void CheckErasedProperty(int cases, const rc::detail::Property& property) {
  const rc::detail::TestParams params = Params(cases);
  const testing::TestInfo* const test = testing::UnitTest::GetInstance()->current_test_info();
  const rc::detail::TestMetadata metadata{
      .id = std::string(test->test_suite_name()) + "/" + test->name(), .description = test->name()};
  std::cout << params.maxSuccess << " cases, seed " << params.seed << std::endl;
  const rc::detail::TestResult result = rc::detail::checkProperty(property, metadata, params);
  std::ostringstream message;
  rc::detail::printResultMessage(result, message);
  if (result.is<rc::detail::SuccessResult>()) {
    std::cout << message.str() << std::endl;
  } else {
    FAIL() << message.str();
  }
}

}  // namespace protograph::property
