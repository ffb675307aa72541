import socket

s = socket.create_server(("", 12345))
conn, address = s.accept()
with conn:
    while part := conn.recv(512):
        conn.sendall(part.upper())
