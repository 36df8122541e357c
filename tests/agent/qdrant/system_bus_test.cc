// Restarting a unit over a real D-Bus daemon of the test's own, at which a stand-in answers for systemd.

#include "agent/qdrant/system_bus.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "agent/qdrant/reason.h"
#include "common/status.h"
#include "tests/support/temp_dir.h"

struct sd_bus;
struct sd_bus_message;

extern char** environ;

namespace fleet::agent {
namespace {

constexpr char kConfig[] = R"(<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path=SOCKET</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>)";

// A D-Bus daemon and, on a thread, a program at it that answers for systemd's manager: it knows qdrant.service, and
// restarts it unless that is forbidden.
class FakeSystemd {
 public:
  explicit FakeSystemd(bool allows) : allows_(allows), library_(dlopen("libsystemd.so.0", RTLD_NOW)) {
    if (library_ == nullptr || access("/usr/bin/dbus-daemon", X_OK) != 0) return;
    std::string config = kConfig;
    config.replace(config.find("SOCKET"), 6, dir_ / "bus");
    std::ofstream(dir_ / "bus.conf") << config;
    const std::string argument = "--config-file=" + (dir_ / "bus.conf");
    std::vector<char*> arguments = {const_cast<char*>("dbus-daemon"), const_cast<char*>("--nofork"),
                                    const_cast<char*>(argument.c_str()), nullptr};
    if (posix_spawn(&daemon_, "/usr/bin/dbus-daemon", nullptr, nullptr, arguments.data(), environ) != 0) return;
    setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + (dir_ / "bus")).c_str(), 1);
    for (int i = 0; i < 1'000 && !Connect(); ++i) usleep(10'000);
    if (bus_ != nullptr) thread_ = std::thread([this] { Serve(); });
  }
  ~FakeSystemd() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    if (bus_ != nullptr) Function<sd_bus* (*)(sd_bus*)>("sd_bus_flush_close_unref")(bus_);
    if (daemon_ > 0) {
      kill(daemon_, SIGTERM);
      waitpid(daemon_, nullptr, 0);
    }
    unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    if (library_ != nullptr) dlclose(library_);
  }

  bool works() const { return bus_ != nullptr; }
  const std::vector<std::string>& restarted() const { return restarted_; }

 private:
  template <class Type>
  Type Function(const char* name) const {
    return reinterpret_cast<Type>(dlsym(library_, name));
  }

  bool Connect() {
    if (Function<int (*)(sd_bus**)>("sd_bus_open_system")(&bus_) < 0) return false;
    if (Function<int (*)(sd_bus*, const char*, std::uint64_t)>("sd_bus_request_name")(bus_, "org.freedesktop.systemd1",
                                                                                      0) >= 0) {
      return true;
    }
    Function<sd_bus* (*)(sd_bus*)>("sd_bus_flush_close_unref")(bus_);
    bus_ = nullptr;
    return false;
  }

  void Serve() {
    const auto process = Function<int (*)(sd_bus*, sd_bus_message**)>("sd_bus_process");
    const auto wait = Function<int (*)(sd_bus*, std::uint64_t)>("sd_bus_wait");
    const auto unref = Function<sd_bus_message* (*)(sd_bus_message*)>("sd_bus_message_unref");
    while (!stop_) {
      sd_bus_message* message = nullptr;
      const int result = process(bus_, &message);
      if (message != nullptr) Answer(message);
      if (message != nullptr) unref(message);
      if (result == 0) wait(bus_, 20'000);
    }
  }

  void Answer(sd_bus_message* message) {
    const auto is_call = Function<int (*)(sd_bus_message*, const char*, const char*)>("sd_bus_message_is_method_call");
    const auto read = Function<int (*)(sd_bus_message*, const char*, ...)>("sd_bus_message_read");
    const auto reply = Function<int (*)(sd_bus_message*, const char*, ...)>("sd_bus_reply_method_return");
    const auto fail = Function<int (*)(sd_bus_message*, const char*, const char*, ...)>("sd_bus_reply_method_errorf");
    constexpr char kManager[] = "org.freedesktop.systemd1.Manager";
    const char* unit = "";
    if (is_call(message, kManager, "GetUnitFileState") > 0) {
      read(message, "s", &unit);
      if (std::string(unit) == "qdrant.service") {
        reply(message, "s", "enabled");
      } else {
        fail(message, "org.freedesktop.DBus.Error.FileNotFound", "No such file or directory");
      }
    } else if (is_call(message, kManager, "RestartUnit") > 0) {
      const char* mode = "";
      read(message, "ss", &unit, &mode);
      if (!allows_) {
        fail(message, "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "authentication needed");
        return;
      }
      restarted_.push_back(std::string(unit) + " " + mode);
      reply(message, "o", "/org/freedesktop/systemd1/job/1");
    }
  }

  const bool allows_;
  const TempDir dir_;
  void* const library_;
  pid_t daemon_ = -1;
  sd_bus* bus_ = nullptr;
  std::thread thread_;
  std::atomic<bool> stop_ = false;
  std::vector<std::string> restarted_;  // by the thread, until it was joined; read after an answer
};

TEST(SystemBus, KnowsAndRestartsAUnit) {
  const FakeSystemd systemd(true);
  if (!systemd.works()) GTEST_SKIP() << "this machine has no dbus-daemon or no libsystemd";
  const absl::StatusOr<bool> known = HasUnit(ServiceManager::kSystem, "qdrant.service");
  ASSERT_TRUE(known.ok()) << known.status();
  EXPECT_TRUE(*known);
  const absl::StatusOr<bool> unknown = HasUnit(ServiceManager::kSystem, "other.service");
  ASSERT_TRUE(unknown.ok()) << unknown.status();
  EXPECT_FALSE(*unknown);
  EXPECT_TRUE(RestartUnit(ServiceManager::kSystem, "qdrant.service").ok());
  EXPECT_EQ(systemd.restarted(), std::vector<std::string>{"qdrant.service replace"});
}

TEST(SystemBus, WhoMayNotIsToldSo) {
  const FakeSystemd systemd(false);
  if (!systemd.works()) GTEST_SKIP() << "this machine has no dbus-daemon or no libsystemd";
  const absl::Status refused = RestartUnit(ServiceManager::kSystem, "qdrant.service");
  EXPECT_EQ(ReasonOf(refused), "systemd_denied") << refused;
  EXPECT_TRUE(systemd.restarted().empty());
}

// Without a bus there is no systemd, and that is said instead of anything worse.
TEST(SystemBus, AMachineWithoutItIsAnError) {
  setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus", 1);
  EXPECT_FALSE(HasUnit(ServiceManager::kSystem, "qdrant.service").ok());
  EXPECT_FALSE(RestartUnit(ServiceManager::kSystem, "qdrant.service").ok());
  unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

}  // namespace
}  // namespace fleet::agent
