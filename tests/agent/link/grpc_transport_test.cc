#include "agent/link/grpc_transport.h"

#include <gtest/gtest.h>

#include <future>

#include "common/strand.h"
#include "tests/agent/link/double_coordinator.h"
#include "tests/agent/link/recording_events.h"

namespace fleet::agent {
namespace {

constexpr StreamNumber kFirst{1};
constexpr StreamNumber kSecond{2};

v1::AgentMessage Hello(const std::string& id) {
  v1::AgentMessage message;
  message.mutable_hello()->set_agent_id(id);
  return message;
}
v1::AgentMessage Report(std::uint64_t sequence, std::size_t bytes = 0) {
  v1::AgentMessage message;
  message.mutable_report()->set_sequence(sequence);
  if (bytes > 0) message.mutable_report()->add_gone_fingerprints(std::string(bytes, 'x'));
  return message;
}
bool AckReports(const v1::AgentMessage& message, DoubleCoordinator::Stream& stream) {
  v1::CoordinatorMessage answer;
  if (message.has_hello()) answer.mutable_welcome()->set_heartbeat_interval_ms(1000);
  if (message.has_report()) answer.mutable_report_ack()->set_sequence(message.report().sequence());
  return stream.Write(answer);
}

// The transport's calls belong on its strand.
class GrpcTransportTest : public testing::Test {
 protected:
  void Use(DoubleCoordinator& coordinator) {
    transport_ = std::make_unique<GrpcTransport>(coordinator.Channel(), strand_, events_);
  }
  void Open(StreamNumber stream) {
    strand_.Post([this, stream] { transport_->Open(stream); });
  }
  void Send(StreamNumber stream, v1::AgentMessage message) {
    strand_.Post([this, stream, message = std::move(message)] { transport_->Send(stream, message); });
  }
  void Close(StreamNumber stream) {
    strand_.Post([this, stream] { transport_->Close(stream); });
  }
  // Until all of the above was done.
  void WaitForStrand() {
    std::promise<void> done;
    strand_.Post([&] { done.set_value(); });
    done.get_future().wait();
  }
  void TearDown() override {
    WaitForStrand();
    transport_.reset();
    strand_.Stop();
  }

  RecordingEvents events_;
  Strand strand_;
  std::unique_ptr<GrpcTransport> transport_;
};

TEST_F(GrpcTransportTest, CarriesMessagesInOrderBothWays) {
  DoubleCoordinator coordinator(AckReports);
  Use(coordinator);
  Open(kFirst);
  Send(kFirst, Hello("agt_1"));
  for (std::uint64_t i = 1; i <= 200; ++i) Send(kFirst, Report(i));
  const auto messages = events_.WaitForMessages(201);
  ASSERT_EQ(messages.size(), 201U);
  EXPECT_TRUE(messages[0].second.has_welcome());
  for (std::uint64_t i = 1; i <= 200; ++i) EXPECT_EQ(messages[i].second.report_ack().sequence(), i);
}

TEST_F(GrpcTransportTest, CarriesAWholeSetOfLargeParts) {
  DoubleCoordinator coordinator(AckReports);
  Use(coordinator);
  Open(kFirst);
  for (std::uint64_t i = 1; i <= 40; ++i) Send(kFirst, Report(i, 512 * 1024));
  EXPECT_EQ(events_.WaitForMessages(40).size(), 40U);
}

TEST_F(GrpcTransportTest, TellsWhyTheCoordinatorEndedTheStream) {
  DoubleCoordinator coordinator([](const auto&, auto&) { return false; },
                                grpc::Status(grpc::StatusCode::ABORTED, "a gap"));
  Use(coordinator);
  Open(kFirst);
  Send(kFirst, Hello("agt_1"));
  const absl::Status end = events_.WaitForEnd(kFirst);
  EXPECT_EQ(end.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(end.message(), "a gap");
}

TEST_F(GrpcTransportTest, TellsThatNobodyIsThere) {
  transport_ = std::make_unique<GrpcTransport>(*CoordinatorChannel("unix:/nonexistent/socket"), strand_, events_);
  Open(kFirst);
  Send(kFirst, Hello("agt_1"));
  EXPECT_EQ(events_.WaitForEnd(kFirst).code(), absl::StatusCode::kUnavailable);
}

TEST_F(GrpcTransportTest, EndsAStreamThatIsClosedAndOpensTheNext) {
  DoubleCoordinator coordinator(AckReports);
  Use(coordinator);
  Open(kFirst);
  Send(kFirst, Hello("agt_1"));
  ASSERT_EQ(events_.WaitForMessages(1).size(), 1U);
  Close(kFirst);
  Close(kFirst);
  Open(kSecond);
  Send(kFirst, Report(9));  // nobody hears it
  Send(kSecond, Hello("agt_1"));
  EXPECT_EQ(events_.WaitForEnd(kFirst).code(), absl::StatusCode::kCancelled);
  const auto messages = events_.WaitForMessages(2);
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[1].first, kSecond);
  for (const auto& message : coordinator.received()) EXPECT_TRUE(message.has_hello());
}

TEST_F(GrpcTransportTest, SendsItsLastWordsWhenItShutsDown) {
  DoubleCoordinator coordinator(AckReports);
  Use(coordinator);
  Open(kFirst);
  Send(kFirst, Hello("agt_1"));
  ASSERT_EQ(events_.WaitForMessages(1).size(), 1U);
  for (std::uint64_t i = 1; i <= 20; ++i) Send(kFirst, Report(i));
  WaitForStrand();
  transport_->Shutdown(std::chrono::seconds(10));
  EXPECT_EQ(coordinator.received().size(), 21U);
  EXPECT_TRUE(events_.WaitForEnd(kFirst).ok());
  EXPECT_EQ(events_.ends(), 1U);
}

TEST_F(GrpcTransportTest, ShutsDownWhenTheCoordinatorNeverLetsGo) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  DoubleCoordinator coordinator([released](const auto&, auto&) {
    released.wait();
    return true;
  });
  Use(coordinator);
  Open(kFirst);
  Send(kFirst, Hello("agt_1"));
  WaitForStrand();
  transport_->Shutdown(std::chrono::milliseconds(10));
  release.set_value();
  EXPECT_EQ(events_.WaitForEnd(kFirst).code(), absl::StatusCode::kCancelled);
}

TEST_F(GrpcTransportTest, EndsAStreamWhoseQueueIsFull) {
  std::promise<void> release;
  const auto released = release.get_future().share();
  DoubleCoordinator coordinator([released](const auto&, auto&) {
    released.wait();
    return true;
  });
  Use(coordinator);
  Open(kFirst);
  for (std::uint64_t i = 1; i <= 2'000; ++i) Send(kFirst, Report(i, 64 * 1024));
  EXPECT_EQ(events_.WaitForEnd(kFirst).code(), absl::StatusCode::kCancelled);
  release.set_value();
}

TEST(CoordinatorChannel, IsRefusedToOtherMachines) {
  for (const std::string address : {"fleet.example.org:7443", "10.0.0.1:7443", "dns:///localhost:7443", "[::]:7443"}) {
    const auto channel = CoordinatorChannel(address);
    ASSERT_FALSE(channel.ok()) << address;
    EXPECT_EQ(channel.status().code(), absl::StatusCode::kFailedPrecondition) << address;
    EXPECT_NE(channel.status().message().find("TLS"), absl::string_view::npos);
  }
}

TEST(CoordinatorChannel, WantsAHostAndAPort) {
  for (const std::string address : {"", "localhost", "localhost:", ":7443", "localhost:http", "127.0.0.1:123456"}) {
    EXPECT_EQ(CoordinatorChannel(address).status().code(), absl::StatusCode::kInvalidArgument) << address;
  }
  EXPECT_TRUE(CoordinatorChannel("127.0.0.1:7443").ok());
  EXPECT_TRUE(CoordinatorChannel("[::1]:7443").ok());
}

}  // namespace
}  // namespace fleet::agent
