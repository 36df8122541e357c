#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/agent/checks/store_builder.h"

namespace fleet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::int64_t kGib = 1024LL * 1024 * 1024;

std::vector<Finding> Check(const MachineModel& machine) { return CheckMachine(machine, kNowMs); }
std::vector<std::string> Told(const MachineModel& machine) {
  std::vector<std::string> told;
  for (const Finding& finding : Check(machine)) {
    told.push_back(finding.code + " " + std::string(SeverityText(finding.severity)));
  }
  return told;
}

Filesystem Healthy() {
  Filesystem filesystem;
  filesystem.mount_point = "/home";
  filesystem.type = "ext4";
  filesystem.holds_data = true;
  filesystem.paths = {"/home/mira/.local/share/dgmo/project/p"};
  filesystem.total_bytes = 500 * kGib;
  filesystem.free_bytes = 200 * kGib;
  filesystem.used_percent = 60;
  filesystem.total_inodes = 1'000'000;
  filesystem.free_inodes = 500'000;
  return filesystem;
}

std::vector<std::string> ToldOf(const Filesystem& filesystem) {
  MachineModel machine;
  machine.filesystems = FilesystemFacts{{filesystem}};
  return Told(machine);
}

TEST(Filesystems, OfAnUnknownMachineNothingIsSaid) { EXPECT_THAT(Check(MachineModel()), IsEmpty()); }

TEST(Filesystems, WithRoomGiveNoFinding) { EXPECT_THAT(ToldOf(Healthy()), IsEmpty()); }

TEST(Filesystems, AreLowByWhatIsFreeOrByWhatIsUsed) {
  Filesystem little = Healthy();
  little.free_bytes = 10 * kGib - 1;
  EXPECT_THAT(ToldOf(little), ElementsAre("DISK_SPACE_LOW P2"));
  little.free_bytes = 10 * kGib;
  EXPECT_THAT(ToldOf(little), IsEmpty());
  little.free_bytes = kGib - 1;
  EXPECT_THAT(ToldOf(little), ElementsAre("DISK_SPACE_CRITICAL P1"));
  Filesystem full = Healthy();
  full.used_percent = 90;
  EXPECT_THAT(ToldOf(full), ElementsAre("DISK_SPACE_LOW P2"));
  full.used_percent = 98;
  EXPECT_THAT(ToldOf(full), ElementsAre("DISK_SPACE_CRITICAL P1"));
}

TEST(Filesystems, ForTemporaryFilesMayBeSmall) {
  Filesystem small = Healthy();
  small.holds_data = false;
  small.total_bytes = small.free_bytes = kGib / 2;
  small.used_percent = 1;
  EXPECT_THAT(ToldOf(small), IsEmpty());
  small.used_percent = 99;
  EXPECT_THAT(ToldOf(small), ElementsAre("DISK_SPACE_CRITICAL P1"));
}

TEST(Filesystems, RunOutOfInodes) {
  Filesystem filesystem = Healthy();
  filesystem.free_inodes = 99'999;
  EXPECT_THAT(ToldOf(filesystem), ElementsAre("INODE_LOW P2"));
  filesystem.free_inodes = 19'999;
  EXPECT_THAT(ToldOf(filesystem), ElementsAre("INODE_CRITICAL P1"));
  filesystem.total_inodes = filesystem.free_inodes = 0;
  EXPECT_THAT(ToldOf(filesystem), IsEmpty()) << "btrfs has no fixed number";
}

TEST(Filesystems, ThatCannotBeWrittenToAreNotAlsoFull) {
  Filesystem filesystem = Healthy();
  filesystem.read_only = true;
  filesystem.used_percent = 100;
  filesystem.free_bytes = filesystem.free_inodes = 0;
  EXPECT_THAT(ToldOf(filesystem), ElementsAre("STORAGE_READONLY_FS P1"));
  filesystem.holds_data = false;
  EXPECT_THAT(ToldOf(filesystem), IsEmpty()) << "a configuration may be read-only on purpose";
}

ProcessInfo Process(const std::string& name, std::int64_t open, std::int64_t limit) {
  ProcessInfo process;
  process.pid = 77;
  process.name = name;
  process.runs_dgmo = name == "dgmo";
  process.descriptors = DescriptorUse{open, limit};
  return process;
}

MachineModel With(ProcessFacts facts) {
  MachineModel machine;
  machine.processes = std::move(facts);
  return machine;
}

TEST(Descriptors, AreNearTheLimitAboveFourFifths) {
  ProcessFacts facts;
  facts.processes = {Process("dgmo", 819, 1024)};
  EXPECT_THAT(Told(With(facts)), IsEmpty());
  facts.processes = {Process("dgmo", 820, 1024)};
  EXPECT_THAT(Told(With(facts)), ElementsAre("FD_LIMIT_NEAR P2"));
  facts.processes = {Process("dgmo", 820, 1024), Process("dgmo", 1024, 1024)};
  EXPECT_THAT(Told(With(facts)), ElementsAre("FD_LIMIT_NEAR P1")) << "one finding a program, its worst process";
  facts.processes = {Process("dgmo", 5000, 0), Process("node", 1024, 1024)};
  EXPECT_THAT(Told(With(facts)), IsEmpty()) << "no limit, and a node that does not run dgmo";
  facts.processes = {};
  facts.system_files = DescriptorUse{91, 100};
  EXPECT_THAT(Told(With(facts)), ElementsAre("FD_LIMIT_NEAR P2"));
}

TEST(Memory, IsShortByWhatIsAvailableOrByWaiting) {
  ProcessFacts facts;
  facts.memory = MemoryFacts{100 * kGib, 10 * kGib, 10.0};
  EXPECT_THAT(Told(With(facts)), IsEmpty());
  facts.memory = MemoryFacts{100 * kGib, 9 * kGib, std::nullopt};
  EXPECT_THAT(Told(With(facts)), ElementsAre("MEM_PRESSURE P2"));
  facts.memory = MemoryFacts{100 * kGib, 50 * kGib, 10.5};
  EXPECT_THAT(Told(With(facts)), ElementsAre("MEM_PRESSURE P2"));
}

TEST(Memory, AProcessEndedLatelyForWantOfItIsToldOnceAProgram) {
  ProcessFacts facts;
  facts.memory_kills = {{{"bun", 5, kNowMs - 10'000}, {"bun", 6, kNowMs - 5'000}, {"qdrant", 7, kNowMs - 7'200'000}}};
  const std::vector<Finding> findings = Check(With(facts));
  EXPECT_THAT(Names(findings), ElementsAre("MEM_PRESSURE bun"));
  EXPECT_EQ(findings[0].evidence.at("killed"), EvidenceValue(std::int64_t{2}));
  EXPECT_EQ(findings[0].evidence.at("pid"), EvidenceValue(std::int64_t{6}));
}

Listener At(std::uint16_t port, const std::string& program, IpFamily family = IpFamily::kIpv4) {
  Listener listener;
  listener.port = port;
  listener.family = family;
  listener.inode = port;
  if (!program.empty()) {
    listener.owner.pid = 9;
    listener.owner.name = program.substr(0, 15);
    listener.owner.exe = "/usr/bin/" + program;
  }
  return listener;
}

MachineModel With(NetworkFacts facts) {
  if (!facts.localhost) facts.localhost = LocalhostNames{true, true, false, true};
  MachineModel machine;
  machine.network = std::move(facts);
  return machine;
}

TEST(Ports, BelongToTheProgramsTheyAreFor) {
  NetworkFacts facts;
  facts.listeners = {At(6333, "qdrant"), At(6333, "docker-proxy"), At(5747, "dgmo"), At(4096, "bun")};
  EXPECT_THAT(Told(With(facts)), IsEmpty());
  facts.listeners = {At(6333, "python3"), At(6333, "python3", IpFamily::kIpv6)};
  EXPECT_THAT(Told(With(facts)), ElementsAre("PORT_CONFLICT P1"));
  facts.listeners = {At(4096, "python3"), At(5747, "python3")};
  EXPECT_THAT(Told(With(facts)), ElementsAre("PORT_CONFLICT P3", "PORT_CONFLICT P3"));
}

TEST(Ports, OfOwnersWhoCannotBeSeenSayNothing) {
  NetworkFacts facts;
  facts.listeners = {At(6333, "")};
  EXPECT_THAT(Told(With(facts)), IsEmpty());
}

TEST(Ports, WhateverAnswersAsQdrantIsQdrant) {
  NetworkFacts facts;
  facts.listeners = {At(6333, "python3")};
  facts.connects = {{facts.listeners[0], ConnectOutcome::kConnected, true}};
  EXPECT_THAT(Told(With(facts)), IsEmpty());
}

TEST(Localhost, MustLeadToWhereQdrantListens) {
  NetworkFacts facts;
  facts.localhost = LocalhostNames{false, false, false, false};
  EXPECT_THAT(Told(With(facts)), ElementsAre("DNS_LOCALHOST P2"));
  facts.localhost = LocalhostNames{false, false, true, true};
  EXPECT_THAT(Told(With(facts)), ElementsAre("DNS_LOCALHOST P2"));
  facts.localhost = LocalhostNames{false, true, false, true};
  EXPECT_THAT(Told(With(facts)), IsEmpty()) << "::1 alone is fine as long as nothing needs the other";
  facts.listeners = {At(6333, "qdrant")};
  EXPECT_THAT(Told(With(facts)), ElementsAre("DNS_LOCALHOST P2"));
  facts.listeners = {At(6333, "qdrant"), At(6333, "qdrant", IpFamily::kIpv6)};
  EXPECT_THAT(Told(With(facts)), IsEmpty());
}

TEST(Firewall, DropsWhatAListenerWouldTake) {
  NetworkFacts facts;
  facts.listeners = {At(6333, "qdrant")};
  facts.connects = {{facts.listeners[0], ConnectOutcome::kTimedOut, false}};
  EXPECT_THAT(Told(With(facts)), ElementsAre("FIREWALL_BLOCK P2"));
  facts.connects[0].listener.waiting = 1;
  EXPECT_THAT(Told(With(facts)), IsEmpty()) << "the program hangs";
  facts.connects = {{facts.listeners[0], ConnectOutcome::kRefused, false}};
  EXPECT_THAT(Told(With(facts)), IsEmpty());
}

std::vector<std::string> LoadTold(const LoadFacts& load) {
  StoreBuilder store;
  store.Family().model.load = load;
  std::vector<std::string> told;
  for (const Finding& finding : CheckStore(store)) {
    told.push_back(finding.code + " " + std::string(SeverityText(finding.severity)));
  }
  return told;
}

TEST(Loading, IsSlowByItsListPerHundredSessionsByOneInfoOrAsAWhole) {
  EXPECT_THAT(LoadTold({100, 100, 3, 1, 30'000}), IsEmpty()) << "three sessions may take as long as a hundred";
  EXPECT_THAT(LoadTold({101, 5, 100, 3, 0}), ElementsAre("LOAD_SLOW P2"));
  EXPECT_THAT(LoadTold({999, 5, 1000, 3, 0}), IsEmpty());
  EXPECT_THAT(LoadTold({5, 101, 3, 3, 0}), ElementsAre("LOAD_SLOW P2"));
  EXPECT_THAT(LoadTold({5, 5, 3, 1, 30'001}), ElementsAre("LOAD_SLOW P2"));
  EXPECT_THAT(LoadTold({5, 5, 3, 1, 1'800'001}), ElementsAre("LOAD_SLOW P1"));
}

}  // namespace
}  // namespace fleet::agent
