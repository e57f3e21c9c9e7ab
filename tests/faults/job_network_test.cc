// Two workers on two machines, as far as the network can tell, of which one is cut off.

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/child_process.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "job_faults.h"
#include "protograph/testing/testing.h"

namespace protograph::faults {
namespace {

using ::protograph::testing::IsOk;

// A bridge with the server's address, and two namespaces with a cable to it each.
class JobNetworkTest : public JobFaultTest {
 protected:
  void SetUp() override {
    ip_ = internal::FindProgram({"ip", "/usr/sbin/ip", "/sbin/ip"});
    if (ip_.empty()) GTEST_SKIP() << "there is no program ip: install iproute2";
    if (geteuid() != 0) GTEST_SKIP() << "only root may make network namespaces";
    name_ = "ptg" + std::to_string(getpid() % 100'000);
    network_ = "10." + std::to_string(100 + getpid() / 250 % 100) + "." +
               std::to_string(getpid() % 250) + ".";
    if (!MakeNetwork()) GTEST_SKIP() << "this system lets nobody make network namespaces";
    Start({.settings = {"listen_addresses=" + network_ + "1"}});
    ASSERT_NE(postgres_, nullptr);
    std::ofstream(postgres_->socket_directory() + "/data/pg_hba.conf", std::ios::app)
        << "host all all " << network_ << "0/24 trust\n";
    ASSERT_EQ(Number("SELECT pg_reload_conf()::integer"), 1);
  }
  void TearDown() override {
    JobFaultTest::TearDown();
    for (const char* side : {"a", "b"}) Ip({"netns", "del", name_ + side});
    Ip({"link", "del", name_});
  }

  bool Ip(std::vector<std::string> arguments) const {
    if (ip_.empty() || geteuid() != 0) return false;
    arguments.insert(arguments.begin(), ip_);
    return RunProgram(std::move(arguments)) == 0;
  }

  bool MakeNetwork() const {
    bool ok = Ip({"link", "add", name_, "type", "bridge"}) &&
              Ip({"addr", "add", network_ + "1/24", "dev", name_}) &&
              Ip({"link", "set", name_, "up"});
    int host = 1;
    for (const std::string side : {"a", "b"}) {
      const std::string space = name_ + side;
      const std::string address = network_ + std::to_string(++host) + "/24";
      ok = ok && Ip({"netns", "add", space}) &&
           Ip({"link", "add", space, "type", "veth", "peer", "name", "eth0", "netns", space}) &&
           Ip({"link", "set", space, "master", name_, "up"}) &&
           Ip({"-n", space, "addr", "add", address, "dev", "eth0"}) &&
           Ip({"-n", space, "link", "set", "eth0", "up"}) &&
           Ip({"-n", space, "link", "set", "lo", "up"});
    }
    return ok;
  }

  std::unique_ptr<WorkerProcess> StartWorkerIn(const std::string& side) {
    return StartWorker({.command = {ip_, "netns", "exec", name_ + side},
                        .connection = "host=" + network_ +
                                      "1 port=5432 user=postgres dbname=postgres "
                                      "connect_timeout=2"});
  }

  std::string ip_;
  std::string name_;
  std::string network_;
};

TEST_F(JobNetworkTest, AWorkerIsCutOffAndComesBack) {
  const std::unique_ptr<WorkerProcess> cut_off = StartWorkerIn("a");
  SubmitRecorded(4, absl::Milliseconds(700));
  ASSERT_TRUE(
      Await("SELECT (count(*) = 4)::integer FROM public.flushes WHERE step = 'Prepare' AND "
            "(SELECT count(*) FROM public.runs WHERE step = 'Work') = 4"))
      << cut_off->EndOfLog();
  ASSERT_TRUE(Ip({"link", "set", name_ + "a", "down"}));

  const std::unique_ptr<WorkerProcess> other = StartWorkerIn("b");
  SubmitFilms(500);
  EXPECT_TRUE(AwaitAllDone()) << other->EndOfLog();
  const std::string done_by =
      Text("SELECT string_agg(DISTINCT owner_id::text, '+') FROM protograph.finished");

  ASSERT_TRUE(Ip({"link", "set", name_ + "a", "up"}));
  EXPECT_TRUE(cut_off->AwaitSaid("was not this worker's any more")) << cut_off->EndOfLog();
  // It is a worker again.
  StopWorker(*other);
  SubmitFilms(500);
  SubmitRecorded(4, absl::ZeroDuration());
  EXPECT_TRUE(AwaitAllDone()) << cut_off->EndOfLog();
  StopWorker(*cut_off);
  EXPECT_TRUE(cut_off->HasSaid("4 refused")) << cut_off->EndOfLog();

  ExpectEachDoneOnce();
  ExpectNoFlushedStepRepeated();
  EXPECT_EQ(
      Number("SELECT count(*) FROM protograph.finished WHERE owner_id::text = '" + done_by + "'"),
      504);
  EXPECT_EQ(Number("SELECT count(*) FROM public.runs WHERE step = 'Prepare'"), 8);
  EXPECT_EQ(Number("SELECT count(*) FROM public.runs WHERE step = 'Work'"), 12);
}

}  // namespace
}  // namespace protograph::faults
