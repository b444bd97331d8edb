"""What the drivers of dicomweb-client share: tokens by MSAL, images by pydicom."""
import io

import msal
import numpy
from driver import sandbox
from dicomweb_client.api import DICOMwebClient
from dicomweb_client.session_utils import create_session
from pydicom import dcmread, dcmwrite
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

BASE = sandbox["dicom_url"] + "/v2"
# As the instance is stored, whatever its transfer syntax.
ANY = (("application/dicom", "*"),)


def token(client, secret):
    app = msal.ConfidentialClientApplication(
        client, client_credential=secret, authority=sandbox["authority"], instance_discovery=False)
    return app.acquire_token_for_client(["https://dicom.healthcareapis.azure.com/.default"])["access_token"]


def connect(bearer=None, base=BASE):
    session = create_session()
    if bearer:
        session.headers["Authorization"] = "Bearer " + bearer
    client = DICOMwebClient(base, session=session)
    client.set_http_retry_params(False)
    return client


def image(study, series, number, syntax=ExplicitVRLittleEndian):
    """A grey ramp of 16 by 16 pixels with two frames."""
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = syntax
    d.SOPClassUID, d.SOPInstanceUID = SecondaryCaptureImageStorage, generate_uid()
    d.StudyInstanceUID, d.SeriesInstanceUID, d.InstanceNumber = study, series, number
    d.PatientID, d.PatientName, d.PatientBirthDate, d.PatientSex = "e2e-1", "Synthetic^Client", "19700102", "O"
    d.StudyDate, d.StudyTime, d.StudyID, d.AccessionNumber = "20260102", "030405", "1", "A1"
    d.StudyDescription, d.Modality, d.SeriesNumber, d.ConversionType, d.ReferringPhysicianName = "e2e", "OT", 1, "SYN", ""
    d.SamplesPerPixel, d.PhotometricInterpretation, d.Rows, d.Columns, d.NumberOfFrames = 1, "MONOCHROME2", 16, 16, 2
    d.BitsAllocated, d.BitsStored, d.HighBit, d.PixelRepresentation = 8, 8, 7, 0
    d.PixelData = numpy.arange(512, dtype=numpy.uint16).astype(numpy.uint8).tobytes()
    with io.BytesIO() as file:  # as it would come from a disk, with the preamble that pydicom keeps
        dcmwrite(file, d, enforce_file_format=True)
        file.seek(0)
        return dcmread(file)
