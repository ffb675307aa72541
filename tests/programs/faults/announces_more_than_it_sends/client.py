import http.client

connection = http.client.HTTPConnection("server", 8080)
connection.request("GET", "/")
answer = connection.getresponse()
try:
    page = answer.read()
except http.client.IncompleteRead as broken:
    page = broken.partial
print(page.decode())
connection.close()
