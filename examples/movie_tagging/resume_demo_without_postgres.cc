// In place of resume_demo.cc in a build that has no store in Postgres.

#include "resume_demo.h"

namespace movie_tagging {
namespace {

absl::Status HasNoPostgres() {
  return absl::FailedPreconditionError(
      "this program was built without what --resume-demo shows: configure with "
      "-DPROTOGRAPH_BUILD_POSTGRES=ON and -DPROTOGRAPH_BUILD_TESTING_KIT=ON");
}

}  // namespace

absl::Status ShowResuming(const Options& /*options*/) { return HasNoPostgres(); }

absl::Status TagDurably(const MovieGraph& /*graph*/, int /*movie_id*/,
                        const std::string& /*database*/) {
  return HasNoPostgres();
}

}  // namespace movie_tagging
