"""Drives MSAL Python. The only settings that the sandbox needs are
instance_discovery=False and REQUESTS_CA_BUNDLE."""
import hashlib
import os
import ssl

import msal
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import pkcs12
from driver import device, open_page, sandbox, step, told

FHIR = [sandbox["fhir_url"] + "/.default"]
DICOM = ["https://dicom.healthcareapis.azure.com/.default"]


def confidential(credential, authority=sandbox["authority"]):
    return msal.ConfidentialClientApplication(
        sandbox["client_id"], client_credential=credential, authority=authority, instance_discovery=False)


def public(client_id=sandbox["public_client_id"]):
    return msal.PublicClientApplication(client_id, authority=sandbox["authority"], instance_discovery=False)


def certificate(path, chain=False):
    with open(path, encoding="ascii") as file:
        pem = file.read()
    leaf = pem[pem.index("-----BEGIN CERTIFICATE"):]
    thumbprint = hashlib.sha1(ssl.PEM_cert_to_DER_cert(leaf.strip())).hexdigest()
    return {"private_key": pem, "thumbprint": thumbprint} | ({"public_certificate": leaf} if chain else {})


def pfx(path):
    """The same as PKCS#12: the one form for which MSAL Python names the SHA-256 thumbprint."""
    with open(path, "rb") as file:
        pem = file.read()
    key, leaf = serialization.load_pem_private_key(pem, None), x509.load_pem_x509_certificate(pem)
    target = os.path.join(os.environ["HOME"], "client.pfx")
    with open(target, "wb") as file:
        file.write(pkcs12.serialize_key_and_certificates(b"e2e", key, leaf, None, serialization.BestAvailableEncryption(b"e2e")))
    return {"private_key_pfx_path": target, "passphrase": "e2e"}


def for_client(credential, scopes):
    return told(confidential(credential).acquire_token_for_client(scopes))


own, foreign = sandbox["certificate_file"], os.environ["FOREIGN_CERTIFICATE"]
secret_app = confidential(sandbox["client_secret"])

step("secret")(lambda: told(secret_app.acquire_token_for_client(FHIR)))
step("secret again")(lambda: told(secret_app.acquire_token_for_client(FHIR)))
step("wrong secret")(lambda: for_client("wrong", FHIR))
step("named scope")(lambda: for_client(sandbox["client_secret"], [sandbox["fhir_url"] + "/user_impersonation"]))
step("certificate by SHA-1")(lambda: for_client(certificate(own), FHIR))
step("certificate by SHA-256")(lambda: for_client(pfx(own), FHIR))
step("certificate with its chain")(lambda: for_client(certificate(own, chain=True), DICOM))
step("foreign certificate")(lambda: for_client(certificate(foreign), FHIR))


def federated():
    with open(sandbox["federated_token_file"], encoding="ascii") as file:
        return {"client_assertion": file.read()}


step("federated")(lambda: for_client(federated(), DICOM))
step("unknown tenant")(lambda: told(confidential("x", sandbox["login_url"] + "/nobody.invalid").acquire_token_for_client(FHIR)))

person = public()


def interactive():
    # The library's own listener; the page's address is given to a browser class.
    import webbrowser

    class Scripted(webbrowser.BaseBrowser):
        def open(self, url, new=0, autoraise=True):
            open_page(url)
            return True

    webbrowser.register("scripted", None, Scripted(), preferred=True)
    return told(person.acquire_token_interactive(FHIR, prompt="select_account", timeout=60))


step("interactive")(interactive)
step("silent")(lambda: told(person.acquire_token_silent(FHIR, account=person.get_accounts()[0])))
step("refreshed")(lambda: told(person.acquire_token_silent(FHIR, account=person.get_accounts()[0], force_refresh=True)))
step("another resource")(lambda: told(person.acquire_token_silent(DICOM, account=person.get_accounts()[0])))


def by_device():
    app = public()
    flow = app.initiate_device_flow(scopes=FHIR)
    device(flow["verification_uri"], flow["user_code"])
    return told(app.acquire_token_by_device_flow(flow))


step("device code")(by_device)


def device_of_confidential():
    app = public(sandbox["client_id"])
    flow = app.initiate_device_flow(scopes=FHIR)
    if "error" in flow:
        return told(flow)
    return told(app.acquire_token_by_device_flow(flow))


step("device code, confidential app")(device_of_confidential)
