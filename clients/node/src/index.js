export { GetMacieSessionCommand, Macie2Client } from "./client.js";
export {
    AccessDeniedException, BrokerError, ConflictException, ConnectionClosedError, InternalServerException,
    Macie2ServiceException, NoBrokerError, ProtocolError, ResourceNotFoundException, ServiceQuotaExceededException,
    ThrottlingException, TimeoutError, UsageError, ValidationException,
} from "./errors.js";
