// A disk that fails, without one: the kernel answers this thread's reads of one size with an error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <thread>

#include "agent/store/scan.h"
#include "tests/support/temp_dir.h"

namespace fleet::agent {
namespace {

constexpr std::uint32_t kSize = 7411;  // of the file that cannot be read, and of no other

// From here on a read of so many bytes fails in this thread, and in no other. False: the kernel does not allow it.
bool FailReadsOf(std::uint32_t size, int error) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_read, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_pread64, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args[2])),  // the low half, on little-endian machines
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, size, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter = {static_cast<unsigned short>(std::size(program)), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

class FailingDisk : public ::testing::TestWithParam<int> {};

TEST_P(FailingDisk, MakesOneFileUnknownAndLeavesTheRest) {
  const TempDir dir;
  dir.Write("app.json", "{}");
  dir.Write("storage/session/info/ses_a.json", std::string(kSize, ' '));
  dir.Write("storage/session/info/ses_b.json", "");
  absl::StatusOr<RootModel> model = absl::UnknownError("not read");
  bool allowed = false;
  std::thread([&] {
    allowed = FailReadsOf(kSize, GetParam());
    if (allowed) model = ScanRoot({RootKind::kProgram, dir.path(), "", "", 0});
  }).join();
  if (!allowed) GTEST_SKIP() << "this machine does not allow system calls to be filtered";
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->unreadable.at("storage/session/info/ses_a.json").error, GetParam());
  EXPECT_EQ(model->unreadable.size(), 1U);
  EXPECT_EQ(model->damaged.count("storage/session/info/ses_b.json"), 1U);
  EXPECT_TRUE(model->has_app_file);
}

INSTANTIATE_TEST_SUITE_P(Errors, FailingDisk, ::testing::Values(EIO, ESTALE, EUCLEAN));

}  // namespace
}  // namespace fleet::agent
