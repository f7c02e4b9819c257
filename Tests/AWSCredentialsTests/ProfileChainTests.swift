import AWSCredentials
import Foundation
import JSONText
import Secrets
import TestSupport
import Testing

@testable import AWSCredentials

/// The cross-SDK cases of what a profile leads to.
@Suite struct ProfileChainTests {
    @Test func `the cross-SDK assume-role cases all come out`() throws {
        guard ReferenceData.require() != nil else { return }
        let bytes = try ReferenceData.bytes("credential-chain/assume-role-tests.json")
        let cases = try #require(JSONValue(parsing: bytes, rules: .lenientAWS).array)
        var right = 0
        for row in cases {
            let told = try chain(of: row["input"] ?? .null)
            let isRight =
                switch (told, row["output"]?["ProfileChain"], row["output"]?["Error"]?.string) {
                case (.success(let links), let expected?, nil): JSONValue.array(links) == expected
                case (.failure(let failure), nil, let words?): failure.means(words)
                default: false
                }
            #expect(isRight, "\(row["docs"]?.string ?? ""): \(told), not \(row["output"]?.text ?? "")")
            right += isRight ? 1 : 0
        }
        print("assume-role cases \(right)/\(cases.count)")
        #expect(cases.count == 28)
    }

    /// The links in the form that the cases have, or why there are none.
    private func chain(of input: JSONValue) throws -> Result<[JSONValue], CredentialFailure> {
        var text = ""
        for (kind, sections) in [("profile", input["profiles"]), ("sso-session", input["sso_sessions"])] {
            for section in sections?.object?.members ?? [] {
                text += "[\(kind) \(section.name)]\n"
                for property in section.value.object?.members ?? [] {
                    text += "\(property.name) = \(property.value.string ?? "")\n"
                }
            }
        }
        let files = try TemporaryFiles(config: text)
        let selected = try #require(input["selected_profile"]?.string)
        let locations = SharedFileLocations(
            profile: selected, configPath: files.home + "/.aws/config", credentialsPath: nil)
        let profiles = try ProfileFiles(locations)
        do throws(CredentialFailure) {
            let chain = try ProfileChain(of: selected, in: profiles, source: "test")
            return .success([link(chain.base, in: profiles, selected)] + chain.roles.map { ["AssumeRole": $0.json] })
        } catch {
            return .failure(error)
        }
    }

    private func link(
        _ base: ProfileChain.Base, in files: borrowing ProfileFiles, _ selected: String
    ) -> JSONValue {
        switch base {
        case .keys(let profile):
            var keys = JSONObject()
            for name in ["aws_access_key_id", "aws_secret_access_key", "aws_account_id"] {
                keys[String(name.dropFirst(4))] = files.text(name, ofProfile: profile).map { .string($0) }
            }
            return ["AccessKey": .object(keys)]
        case .environment: return ["NamedSource": "Environment"]
        case .instanceMetadata: return ["NamedSource": "Ec2InstanceMetadata"]
        case .container: return ["NamedSource": "EcsContainer"]
        case .webIdentity(let role, let path):
            var object = JSONObject([("role_arn", .string(role.arn)), ("web_identity_token_file", .string(path))])
            object["role_session_name"] = role.session.name.map { .string($0.text) }
            return ["WebIdentityToken": .object(object)]
        case .identityCenter(let settings):
            return [
                "Sso": [
                    "sso_account_id": .string(settings.account), "sso_region": .string(settings.region),
                    "sso_role_name": .string(settings.role), "sso_start_url": .string(settings.startURL),
                ]
            ]
        case .identityCenterToken(let session, let startURL, let region):
            var object = JSONObject()
            object["sso_session"] = session.map { .string($0) }
            object["sso_region"] = .string(region)
            object["sso_start_url"] = .string(startURL)
            return ["Sso": .object(object)]
        case .process(let command, _): return ["CredentialProcess": .string(command)]
        }
    }
}

extension RoleSettings {
    fileprivate var json: JSONValue {
        var object = JSONObject([("role_arn", .string(arn))])
        object["external_id"] = externalID.map { .string($0) }
        object["role_session_name"] = session.name.map { .string($0.text) }
        return .object(object)
    }
}

extension CredentialFailure {
    /// Whether this says what the cases' own words say.
    fileprivate func means(_ words: String) -> Bool {
        let ours = [
            "profile must contain `source_profile`": "role_arn needs a source_profile",
            "profile contained both source_profile and credential_source": "both source_profile and credential_source",
            "profile missing aws_secret_access_key": "aws_secret_access_key is missing",
            "profile missing aws_access_key_id": "aws_access_key_id is missing",
            "did not contain credential information": "has no aws_access_key_id and names no other source",
            "could not find source profile B referenced from A": "its source_profile B does not exist",
            "No profiles were defined": "does not exist", "profile formed an infinite loop": "without an end",
            "`role_arn` was missing": "role_arn is missing",
            "then `sso_account_id` must also be set": "sso_account_id is missing",
            "then `sso_role_name` must also be set": "sso_role_name is missing",
            "can only be specified in the [sso-session] config": "belongs to the [sso-session",
            "(referenced by profile `A`) was not found": "sso_session oops does not exist",
        ]
        return ours.contains { words.contains($0.key) && why.contains($0.value) }
    }
}
