import codecs
import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
conn, address = s.accept()
decoder = codecs.getincrementaldecoder("utf-8")()
while True:
    data = conn.recv(16)
    if not data:
        break
    print(decoder.decode(data))
conn.close()
