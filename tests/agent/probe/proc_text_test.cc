#include "agent/probe/proc_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/probe/acl.h"
#include "agent/probe/secret_text.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Texts as recorded on Linux 6.1 and 6.18, names changed.

TEST(ProcessStatText, MayHoldAnythingInItsName) {
  const auto stat = ParseProcessStat(
      "4321 (a) b (c) S 1 4321 4321 0 -1 4194560 8100 0 12 0 250 50 0 0 20 0 11 0 123456 73400320 2560 "
      "18446744073709551615 1 1 0 0 0 0 0 4096 0 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->name, "a) b (c");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->cpu_ticks, 300);
  EXPECT_EQ(stat->start_ticks, 123456);
  EXPECT_EQ(stat->rss_pages, 2560);
  EXPECT_FALSE(ParseProcessStat(""));
  EXPECT_FALSE(ParseProcessStat("1 (x) S 1 2"));
  EXPECT_FALSE(ParseProcessStat(")("));
}

TEST(CommandLineText, IsCutAfterTheArgumentsAskedFor) {
  EXPECT_THAT(ParseCommandLine(std::string_view("bun\0run\0x\0", 10), 2), ElementsAre("bun", "run"));
  EXPECT_THAT(ParseCommandLine("", 4), IsEmpty());
}

constexpr char kLimits[] =
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max processes             63321                63321                processes \n"
    "Max open files            1024                 524288               files     \n";

TEST(LimitsText, TellsTheSoftLimit) {
  EXPECT_EQ(ParseOpenFileLimit(kLimits), 1024);
  EXPECT_EQ(ParseOpenFileLimit("Max open files            unlimited            unlimited            files\n"), 0);
  EXPECT_FALSE(ParseOpenFileLimit("Max processes 1 1\n"));
}

TEST(MeminfoText, TellsTotalAndAvailable) {
  const auto memory = ParseMeminfo(
      "MemTotal:       16316412 kB\nMemFree:          316412 kB\nMemAvailable:    8158206 kB\nBuffers:  1 kB\n");
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total_bytes, 16316412LL * 1024);
  EXPECT_EQ(memory->available_bytes, 8158206LL * 1024);
  EXPECT_FALSE(ParseMeminfo("MemTotal:       16316412 kB\n")) << "kernels before 3.14 do not tell what is available";
}

TEST(PressureText, TellsHowLongEverythingWaited) {
  EXPECT_EQ(ParseFullAvg60("some avg10=1.00 avg60=2.50 avg300=0.10 total=77\n"
                           "full avg10=0.00 avg60=12.34 avg300=0.00 total=5\n"),
            12.34);
  EXPECT_FALSE(ParseFullAvg60("some avg10=1.00 avg60=2.50 avg300=0.10 total=77\n"));
}

TEST(FileNrText, TellsOpenAndMost) {
  const auto use = ParseFileNr("2144\t0\t9223372036854775807\n");
  ASSERT_TRUE(use);
  EXPECT_EQ(use->open, 2144);
  EXPECT_EQ(use->soft_limit, INT64_MAX);
  EXPECT_FALSE(ParseFileNr("2144\n"));
}

TEST(LoadText, TellsThreeAverages) {
  EXPECT_THAT(ParseLoadAverages("0.52 1.04 2.08 2/345 6789\n").value(), ElementsAre(0.52, 1.04, 2.08));
  EXPECT_FALSE(ParseLoadAverages("0.52"));
}

TEST(SocketText, TellsWhoWaitsWhere) {
  const auto any = ParseSocketLine(
      "   0: 00000000:18BD 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 18231 1 0000 100",
      IpFamily::kIpv4);
  ASSERT_TRUE(any);
  EXPECT_TRUE(any->listens);
  EXPECT_EQ(any->listener.port, kQdrantPort);
  EXPECT_EQ(any->listener.address, Listener::Address::kAny);
  EXPECT_EQ(any->listener.uid, 1000U);
  EXPECT_EQ(any->listener.inode, 18231U);
  EXPECT_EQ(any->listener.waiting, 3U);
  const auto loopback = ParseSocketLine(
      "   1: 0100007F:1673 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100",
      IpFamily::kIpv4);
  EXPECT_EQ(loopback->listener.address, Listener::Address::kLoopback);
  const auto connected = ParseSocketLine(
      "   2: 0100007F:18BD 0100007F:CAFE 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 100",
      IpFamily::kIpv4);
  EXPECT_FALSE(connected->listens);
}

TEST(SocketText, KnowsIpv6AndIpv4InIt) {
  const auto line = [](const std::string& address) {
    return ParseSocketLine("0: " + address +
                               ":18BD 00000000000000000000000000000000:0000 0A 00000000:00000000 "
                               "00:00000000 00000000 0 0 7 1 0 100",
                           IpFamily::kIpv6);
  };
  EXPECT_EQ(line("00000000000000000000000001000000")->listener.address, Listener::Address::kLoopback);
  EXPECT_EQ(line("00000000000000000000000000000000")->listener.address, Listener::Address::kAny);
  EXPECT_EQ(line("000080FE000000000000000001000000")->listener.address, Listener::Address::kOther);
  const auto mapped = line("0000000000000000FFFF00000100007F");
  EXPECT_EQ(mapped->listener.family, IpFamily::kIpv4);
  EXPECT_EQ(mapped->listener.address, Listener::Address::kLoopback);
  EXPECT_FALSE(line("0100007F"));
  EXPECT_FALSE(ParseSocketLine("  sl  local_address rem_address   st tx_queue rx_queue", IpFamily::kIpv4));
}

TEST(MountText, UnescapesAndSkipsOptionalFields) {
  const auto mount = ParseMountLine(
      "36 35 98:0 /mnt1 /mnt/with\\040blank rw,noatime master:1 shared:2 - ext3 /dev/root ro,errors=continue");
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->id, 36U);
  EXPECT_EQ(mount->device, "98:0");
  EXPECT_EQ(mount->mount_point, "/mnt/with blank");
  EXPECT_EQ(mount->type, "ext3");
  EXPECT_EQ(mount->source, "/dev/root");
  EXPECT_TRUE(HasOption(mount->options, "rw"));
  EXPECT_TRUE(HasOption(mount->file_system_options, "ro"));
  EXPECT_FALSE(HasOption(mount->file_system_options, "r"));
  EXPECT_FALSE(ParseMountLine("36 35 98:0 / /mnt rw"));
}

TEST(KernelLogText, TellsWhomTheKernelEnded) {
  const auto kill = ParseKillRecord(
      "3,1288,98765432100,-;Out of memory: Killed process 4321 (bun) total-vm:74891234kB, anon-rss:8123456kB, "
      "file-rss:12kB, shmem-rss:0kB, UID:1000 pgtables:18000kB oom_score_adj:0\n SUBSYSTEM=x\n");
  ASSERT_TRUE(kill);
  EXPECT_EQ(kill->name, "bun");
  EXPECT_EQ(kill->pid, 4321);
  EXPECT_EQ(kill->at_us, 98765432100);
  EXPECT_TRUE(ParseKillRecord("3,1,5,-;Memory cgroup out of memory: Killed process 9 (qdrant) total-vm:1kB"));
  EXPECT_FALSE(ParseKillRecord("6,1,5,-;usb 1-1: new device"));
  EXPECT_FALSE(ParseKillRecord("Killed process 9 (qdrant) "));
}

TEST(HostsText, NamesLocalhostOutsideOfComments) {
  EXPECT_TRUE(NamesLocalhost("# hosts\n127.0.0.1\tmachine localhost\n"));
  EXPECT_FALSE(NamesLocalhost("127.0.0.1 localhost.example # localhost\n#127.0.0.1 localhost\n"));
  EXPECT_FALSE(NamesLocalhost("localhost\n")) << "an address without names";
}

TEST(AclBytes, AreTheKernelsForm) {
  const std::string bytes(
      "\x02\0\0\0"
      "\x01\0\x06\0\xFF\xFF\xFF\xFF"
      "\x02\0\x07\0\xE9\x03\0\0"
      "\x04\0\x04\0\xFF\xFF\xFF\xFF",
      28);
  EXPECT_THAT(ParseAcl(bytes).value(),
              ElementsAre(AclEntry{AclEntry::Tag::kOwner, 0xFFFFFFFF, 6}, AclEntry{AclEntry::Tag::kUser, 1001, 7},
                          AclEntry{AclEntry::Tag::kOwningGroup, 0xFFFFFFFF, 4}));
  EXPECT_FALSE(ParseAcl(bytes.substr(0, 27)));
  EXPECT_FALSE(ParseAcl(""));
}

TEST(SecretText, IsFoundByItsKeyOrInAnAddress) {
  EXPECT_TRUE(HoldsSecret(R"({"provider":{"p":{"options":{"apiKey":"sk-1"}}}})"));
  EXPECT_TRUE(HoldsSecret(R"({"mcp":{"q":{"environment":{"QDRANT_API_KEY":"k"}}}} // a comment)"));
  EXPECT_TRUE(HoldsSecret(R"({"url":"https://mira:pass@example.org/"})"));
  EXPECT_FALSE(HoldsSecret(R"({"apiKey":"{env:KEY}","token":"","GITHUB_TOKEN":"$TOKEN","maxToken":"4096"})"));
  EXPECT_FALSE(HoldsSecret(R"({"apiKey":"none","password":"****","secret":"xxxx"})")) << "what stands for no secret";
  EXPECT_FALSE(HoldsSecret(R"({"keybinds":{"leader":"ctrl+x"},"url":"http://localhost:6333/x"})"));
  EXPECT_FALSE(HoldsSecret("no json"));
  EXPECT_FALSE(HoldsSecret(std::string(100'000, '[')));
}

}  // namespace
}  // namespace fleet::agent
