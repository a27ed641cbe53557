package main

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"reflect"
	"strconv"
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

const worthCompressing = 1024 // bytes

// reply holds an answer back until it is known what becomes of it.
type reply struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newReply() *reply {
	return &reply{header: make(http.Header), status: http.StatusOK}
}

func (r *reply) Header() http.Header               { return r.header }
func (r *reply) WriteHeader(status int)            { r.status = status }
func (r *reply) Write(content []byte) (int, error) { return r.body.Write(content) }

// start sends status and headers, and compresses the body where the caller takes that, as a vCenter does.
func (r *reply) start(w http.ResponseWriter, request *http.Request) {
	for name, values := range r.header {
		w.Header()[name] = values
	}
	if r.body.Len() >= worthCompressing && strings.Contains(request.Header.Get("Accept-Encoding"), "gzip") {
		r.compress()
		w.Header().Set("Content-Encoding", "gzip")
	}
	w.Header().Set("Content-Length", strconv.Itoa(r.body.Len()))
	w.WriteHeader(r.status)
}

func (r *reply) compress() {
	var compressed bytes.Buffer
	writer, _ := gzip.NewWriterLevel(&compressed, gzip.BestSpeed)
	_, _ = writer.Write(r.body.Bytes())
	_ = writer.Close()
	r.body = compressed
}

// soap writes what a method gave, or its fault.
func (r *reply) soap(result soap.HasFault) {
	r.header.Set("Content-Type", "text/xml; charset=utf-8")
	r.body.Reset()
	r.body.WriteString(xml.Header)
	encoder := xml.NewEncoder(&r.body)
	var err error
	if fault := result.Fault(); fault != nil {
		r.status = http.StatusInternalServerError
		err = encoder.Encode(enveloped(faultBody{fault}))
	} else {
		r.status = http.StatusOK
		err = encoder.Encode(enveloped(resultBody{result}))
	}
	if err != nil {
		r.status = http.StatusInternalServerError
		r.body.Reset()
	}
}

// fault writes a fault; its message is what a person would see.
func (r *reply) fault(message string, fault types.BaseMethodFault) {
	r.soap(&failed{simulator.Fault(message, fault)})
}

// nothingFetched says that the property somebody asked for is unset.
func (r *reply) nothingFetched() {
	r.header.Set("Content-Type", "text/xml; charset=utf-8")
	r.status = http.StatusOK
	r.body.Reset()
	r.body.WriteString(xml.Header)
	_ = xml.NewEncoder(&r.body).Encode(enveloped(struct {
		Nothing struct{} `xml:"urn:vim25 FetchResponse"`
	}{}))
}

type failed struct{ reason *soap.Fault }

func (f *failed) Fault() *soap.Fault { return f.reason }

type envelope struct {
	XMLName xml.Name `xml:"soapenv:Envelope"`
	Enc     string   `xml:"xmlns:soapenc,attr"`
	Env     string   `xml:"xmlns:soapenv,attr"`
	XSD     string   `xml:"xmlns:xsd,attr"`
	XSI     string   `xml:"xmlns:xsi,attr"`
	Body    any      `xml:"soapenv:Body"`
}

func enveloped(body any) *envelope {
	return &envelope{
		Enc:  "http://schemas.xmlsoap.org/soap/encoding/",
		Env:  "http://schemas.xmlsoap.org/soap/envelope/",
		XSD:  "http://www.w3.org/2001/XMLSchema",
		XSI:  "http://www.w3.org/2001/XMLSchema-instance",
		Body: body,
	}
}

// resultBody gives the element the name of the response's type: methods.FooBody has it in the field Res.
type resultBody struct{ result soap.HasFault }

func (b resultBody) MarshalXML(encoder *xml.Encoder, start xml.StartElement) error {
	response := reflect.ValueOf(b.result).Elem().FieldByName("Res")
	element := xml.StartElement{Name: xml.Name{Space: "urn:" + vim25.Namespace, Local: response.Elem().Type().Name()}}
	if err := encoder.EncodeToken(start); err != nil {
		return err
	}
	if err := encoder.EncodeElement(response.Interface(), element); err != nil {
		return err
	}
	return encoder.EncodeToken(start.End())
}

type faultBody struct{ fault *soap.Fault }

func (b faultBody) MarshalXML(encoder *xml.Encoder, start xml.StartElement) error {
	return encoder.EncodeElement(struct {
		Fault struct {
			Code   string      `xml:"faultcode"`
			String string      `xml:"faultstring"`
			Detail faultDetail `xml:"detail"`
		} `xml:"soapenv:Fault"`
	}{struct {
		Code   string      `xml:"faultcode"`
		String string      `xml:"faultstring"`
		Detail faultDetail `xml:"detail"`
	}{b.fault.Code, b.fault.String, faultDetail{b.fault.Detail.Fault}}}, start)
}

type faultDetail struct{ fault types.AnyType }

func (d faultDetail) MarshalXML(encoder *xml.Encoder, start xml.StartElement) error {
	if err := encoder.EncodeToken(start); err != nil {
		return err
	}
	kind := reflect.TypeOf(d.fault).Elem().Name()
	element := xml.StartElement{
		Name: xml.Name{Local: kind + "Fault"},
		Attr: []xml.Attr{
			{Name: xml.Name{Local: "xmlns"}, Value: "urn:" + vim25.Namespace},
			{Name: xml.Name{Local: "xsi:type"}, Value: kind},
		},
	}
	if err := encoder.EncodeElement(d.fault, element); err != nil {
		return err
	}
	return encoder.EncodeToken(start.End())
}
